"""Reports: pure rendering of the records in ``core.reports`` as text, HTML, CSV and JSON."""
