"""The report as one HTML file that needs nothing from elsewhere."""

from modelcheck.report.page.page import html_mutants, html_report, html_trace

__all__ = ["html_mutants", "html_report", "html_trace"]
