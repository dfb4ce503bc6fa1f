"""The report as one HTML file that needs nothing from elsewhere."""

from modelcheck.report.page.page import html_report

__all__ = ["html_report"]
