"""JSON shapes; names of related rows are spelled out to spare clients a request."""
