"""Headers that tests expect of more than one view."""

PUBLIC = "public, max-age=60"
PRIVATE = "private, max-age=0, must-revalidate"
PRIVATE_VARY = "Accept, Authorization, Cookie"
