"""What answers requests below /api/."""
