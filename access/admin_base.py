"""Base classes for admin pages: visible rows only, no editing, buttons that call actions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.contrib.admin import ShowFacets
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.views.main import ORDER_VAR, PAGE_VAR, SEARCH_VAR
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin, TabularInline
from unfold.views import ChangeList

from access.authz.policy import has_permission
from access.enums import Permission
from access.models import User
from common.errors import DomainError

#: A list counts and shows at most this many rows; a user who needs others must search.
MAX_COUNT = 1000


class ReadOnly:
    """Mixin that forbids adding, changing and deleting: data changes only through actions."""

    seen_with: ClassVar[Permission]

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return has_permission(request.user, self.seen_with)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return has_permission(request.user, self.seen_with)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class CappedCount(int):
    """A row count that stopped at the limit; it is shown as "more than ..."."""

    def __str__(self) -> str:
        return f"more than {int(self) - 1:,}"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Paginator that stops counting at MAX_COUNT rows, so that long tables stay fast."""

    @cached_property
    def count(self) -> int:
        found: int = self.object_list.order_by()[: MAX_COUNT + 1].count()  # type: ignore[attr-defined]
        return CappedCount(found) if found > MAX_COUNT else found


class PostSearchChangeList(ChangeList):  # type: ignore[misc]
    """Changelist that takes the search text and the page number from the POST body only."""

    def get_queryset(self, request: HttpRequest, *args: Any, **options: Any) -> QuerySet[Any]:
        self.query = request.POST.get(SEARCH_VAR, "").replace("\0", "").strip()
        found: QuerySet[Any] = super().get_queryset(request, *args, **options)
        return found

    def get_results(self, request: HttpRequest) -> None:
        if self.query:
            page = request.POST.get(PAGE_VAR, "")
            self.page_num = int(page) if page.isdecimal() else 1
        super().get_results(request)


class FixedOrderChangeList(PostSearchChangeList):
    """Changelist that ignores the requested order, because only its own order has an index."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.params.pop(ORDER_VAR, None)
        ordering: list[Any] = super().get_ordering(request, queryset)
        return ordering


class ReadOnlyAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """Read-only admin page that allows only the filters it shows.

    Searches for names, birth dates and numbers use POST, so that the search text is in no URL, and
    therefore in no browser history and no proxy log.
    """

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PostSearchChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Redirect to the plain path if the URL contains search text, without searching for it."""
        if SEARCH_VAR in request.GET:
            return redirect(request.path)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """Run an action on the ticked rows only, because "select all" would ignore the search."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        answer: HttpResponseBase | None = super().response_action(
            request, queryset.filter(pk__in=ticked)
        )
        return answer

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Allow only lookups from `list_filter` and `date_hierarchy`, and the row's own id.

        Django would allow any field, and one relation further. The number of results would then
        reveal values in columns and tables that the user may not read.
        """
        return lookup in self._allowed_lookups(request)

    def _allowed_lookups(self, request: HttpRequest) -> set[str]:
        found = {"pk", "pk__exact", "id", "id__exact"}
        for item in self.get_list_filter(request):
            if not isinstance(item, str):
                raise TypeError(f"{item}: only names of fields are read here.")
            found |= {item, f"{item}__exact", f"{item}__id__exact", f"{item}__isnull"}
        if self.date_hierarchy:
            found |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
        return found


class ClinicAdmin(ReadOnlyAdmin):
    """Admin page whose lists, lookups and pop-ups show only the rows that the user may see.

    A list filter must be supported by an index, and its choices must be known without reading rows.
    """

    list_per_page = 50
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    paginator = CappedPaginator
    sortable_by: ClassVar[tuple[str, ...]] = ()
    list_disable_select_all = True
    list_fullwidth = True

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return FixedOrderChangeList

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[no-any-return]

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """Search in lower case, because the searched column holds lower-case text only."""
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term.lower()
        )
        return found


def at_the_site(field: str, words: str) -> Any:
    """A column that shows a time in the time zone of the row's site; empty if there is none."""

    @admin.display(description=words, ordering=field)
    def show(admin_page: ClinicAdmin, row: Any) -> str:
        moment = getattr(row, field)
        if moment is None:
            return ""
        return f"{moment.astimezone(ZoneInfo(row.site.time_zone)):%a %-d %b %Y, %H:%M}"

    return show


class ClinicInline(ReadOnly, TabularInline):  # type: ignore[misc]
    """Inline that shows only the related rows that the user may see."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True  # the row's cells show it already

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[no-any-return]


def run_on_each(
    request: HttpRequest, rows: QuerySet[Any], action: Callable[[Any, User], object], done: str
) -> None:
    """Call `action` on each chosen row; show a message with the count, and one for each refusal.

    A row is named by its number, because the messages are stored in the session until the next
    page.
    """
    user = request.user
    if not isinstance(user, User):
        return
    succeeded = 0
    for row in rows:
        try:
            action(row, user)
            succeeded += 1
        except DomainError as problem:
            messages.error(request, f"No. {row.pk}: {problem}")
    if succeeded:
        messages.success(request, f"{succeeded} {done}")
