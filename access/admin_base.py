"""What every admin page shares: rows through `visible_to`, no raw editing, buttons that call actions."""

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

#: So many rows of a list are counted and can be paged through; who looks for more, searches.
MAX_COUNT = 1000


class ReadOnly:
    """Nothing is added, changed or deleted here: state changes go through actions only."""

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
    """A count that was not finished: a number to compute with, words to read."""

    def __str__(self) -> str:
        return f"more than {int(self) - 1:,}"


class CappedPaginator(Paginator):  # type: ignore[type-arg]
    """Counts no further than MOST: a trail of millions of rows is not read to say how long it is."""

    @cached_property
    def count(self) -> int:
        found: int = self.object_list.order_by()[: MAX_COUNT + 1].count()  # type: ignore[attr-defined]
        return CappedCount(found) if found > MAX_COUNT else found


class PostSearchChangeList(ChangeList):  # type: ignore[misc]
    """The words that are looked for, and the page of what was found, come in the body alone."""

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
    """The order of the list is the one that its index keeps; any other would read all of it."""

    def get_ordering(self, request: HttpRequest, queryset: QuerySet[Any]) -> list[Any]:
        self.params.pop(ORDER_VAR, None)
        ordering: list[Any] = super().get_ordering(request, queryset)
        return ordering


class ReadOnlyAdmin(ReadOnly, ModelAdmin):  # type: ignore[misc]
    """A page of the admin that answers the questions it shows, and no others.

    Names, birth dates and numbers are looked for by POST: they stand in no address, and so neither in
    a browser's history nor in a proxy's log.
    """

    def get_changelist(self, request: HttpRequest, **options: Any) -> type[ChangeList]:
        return PostSearchChangeList

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Words in an address are not looked for; the address is given up at once."""
        if SEARCH_VAR in request.GET:
            return redirect(request.path)
        answer: HttpResponse = super().changelist_view(request, extra_context)
        return answer

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Any]
    ) -> HttpResponseBase | None:
        """On the ticked rows and no more: "all of them" would not know what was looked for."""
        ticked = request.POST.getlist(ACTION_CHECKBOX_NAME)
        answer: HttpResponseBase | None = super().response_action(
            request, queryset.filter(pk__in=ticked)
        )
        return answer

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what `list_filter` and `date_hierarchy` name, and the row's own id.

        Django would take any field, and one relation further: how many rows come back would tell
        what stands in columns and tables that the person may not read.
        """
        return lookup in self._askable(request)

    def _askable(self, request: HttpRequest) -> set[str]:
        found = {"pk", "pk__exact", "id", "id__exact"}
        for item in self.get_list_filter(request):
            if not isinstance(item, str):
                raise TypeError(f"{item}: only names of fields are read here.")
            found |= {item, f"{item}__exact", f"{item}__id__exact", f"{item}__isnull"}
        if self.date_hierarchy:
            found |= {f"{self.date_hierarchy}__{part}" for part in ("year", "month", "day")}
        return found


class ClinicAdmin(ReadOnlyAdmin):
    """Lists, look-ups and pop-ups alike start from the rows that this person may see.

    A filter of a list is one that an index answers, and its choices are known without reading rows.
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
        """The searched column holds small letters only; so must the words be."""
        found: tuple[QuerySet[Any], bool] = super().get_search_results(
            request, queryset, search_term.lower()
        )
        return found


def at_the_site(field: str, words: str) -> Any:
    """A column with a moment as the clocks of the row's own site show it; nothing if there is none yet."""

    @admin.display(description=words, ordering=field)
    def show(admin_page: ClinicAdmin, row: Any) -> str:
        moment = getattr(row, field)
        if moment is None:
            return ""
        return f"{moment.astimezone(ZoneInfo(row.site.time_zone)):%a %-d %b %Y, %H:%M}"

    return show


class ClinicInline(ReadOnly, TabularInline):  # type: ignore[misc]
    """Rows under a row, through the same word."""

    extra = 0
    can_delete = False
    show_change_link = False
    hide_title = True  # the row's cells say it already

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).visible_to(request.user)  # type: ignore[no-any-return]


def run_on_each(
    request: HttpRequest, rows: QuerySet[Any], deed: Callable[[Any, User], object], done: str
) -> None:
    """Call `deed` on each chosen row; say what was done, and for each refusal why.

    A row is named by its number: what is said waits in the session for the next page.
    """
    user = request.user
    if not isinstance(user, User):
        return
    succeeded = 0
    for row in rows:
        try:
            deed(row, user)
            succeeded += 1
        except DomainError as problem:
            messages.error(request, f"No. {row.pk}: {problem}")
    if succeeded:
        messages.success(request, f"{succeeded} {done}")
