"""Jobs, people, skills, clients and business units."""

from django.conf import settings
from django.db.models import QuerySet
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from records.caching import PrivateReadsMixin
from records.models import BusinessUnit, Client, Job, Person, Skill
from records.pagination import WholePagePagination
from records.permissions import Area
from records.serializers.staffing import (
    BusinessUnitSerializer,
    ClientSerializer,
    JobNeedsSerializer,
    JobSerializer,
    PersonSerializer,
    SkillSerializer,
)
from records.views.record import RecordViewSet


class StaffingViewSet(PrivateReadsMixin, RecordViewSet):
    area = Area.STAFFING


class JobViewSet(StaffingViewSet):
    queryset = Job.objects.select_related("client", "business_unit").prefetch_related(
        "people", "needs"
    )
    serializer_class = JobSerializer
    search_fields = ["title", "client__name"]
    filters = {
        "people": "people__in",
        "bu": "business_unit__in",
        "client": "client__in",
        "needs": "needs__in",
        "opens_before": "open_from__lt",
        "closes_from": "open_to__gte",
    }
    ordering_fields = ("open_from", "open_to", "title", "updated_at")

    def get_queryset(self) -> QuerySet:
        queryset = super().get_queryset()
        if self.action == "needs" and settings.REPAIRED:
            return repaired(queryset)
        return queryset

    @action(
        detail=False,
        queryset=Job.objects.all(),
        serializer_class=JobNeedsSerializer,
        pagination_class=WholePagePagination,
    )
    def needs(self, request: Request) -> Response:
        """Slow on purpose: each job asks for its client, its people, their skills..."""
        return self.list(request)


def repaired(jobs: QuerySet) -> QuerySet:
    """All that the page shows in four queries, however many jobs there are."""
    return jobs.select_related("client", "business_unit").prefetch_related(
        "needs", "people__skills"
    )


class PersonViewSet(StaffingViewSet):
    queryset = Person.objects.prefetch_related("skills")
    serializer_class = PersonSerializer
    search_fields = ["first_name", "last_name", "skills__name"]
    filters = {"skills": "skills__in"}
    ordering_fields = ("last_name", "updated_at")


class SkillViewSet(StaffingViewSet):
    queryset = Skill.objects.all()
    serializer_class = SkillSerializer
    search_fields = ["name"]
    ordering_fields = ("name", "updated_at")


class ClientViewSet(StaffingViewSet):
    queryset = Client.objects.all()
    serializer_class = ClientSerializer
    search_fields = ["name"]
    ordering_fields = ("name", "updated_at")


class BusinessUnitViewSet(StaffingViewSet):
    queryset = BusinessUnit.objects.all()
    serializer_class = BusinessUnitSerializer
    search_fields = ["name"]
    ordering_fields = ("name", "updated_at")
