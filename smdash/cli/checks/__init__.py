"""What ``smdash doctor`` looks at: a check is a small function and one entry in CHECKS."""
