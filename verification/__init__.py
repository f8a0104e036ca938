"""What we do about it: check runs, matches, reviews, decisions, verdicts, partners."""
