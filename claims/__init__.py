"""What people tell us: cases, claims, submissions, evidence, media files, custody."""
