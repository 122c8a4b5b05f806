"""What ``smdash doctor`` looks at: a check is a small function from the patient to findings, and one entry in CHECKS."""
