"""How lists are cut into pages."""

from rest_framework.pagination import PageNumberPagination


class RecordPagination(PageNumberPagination):
    """``?page=`` and ``?page_size=``; a larger size than allowed is clamped."""

    page_size = 20
    page_size_query_param = "page_size"
    max_page_size = 100


class WholePagePagination(RecordPagination):
    """As many rows as are allowed, where one page is meant to show them all."""

    page_size = RecordPagination.max_page_size
