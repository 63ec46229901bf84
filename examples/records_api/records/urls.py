"""Addresses below /api/."""

from django.db.transaction import non_atomic_requests
from django.urls import include, path
from rest_framework.routers import DefaultRouter

from records.authentication import LoginView, LogoutView, TokenView
from records.views.clinical import LabResultViewSet, MedicalRecordViewSet
from records.views.directory import DepartmentViewSet, DoctorViewSet
from records.views.drugs import InteractionsView
from records.views.me import PermissionsView
from records.views.patients import AppointmentViewSet, PatientViewSet
from records.views.record import RecordsRootView
from records.views.staffing import (
    BusinessUnitViewSet,
    ClientViewSet,
    JobViewSet,
    PersonViewSet,
    SkillViewSet,
)


class RecordsRouter(DefaultRouter):
    """Without ".json" suffixes: a resource has one address, and so one cache entry."""

    APIRootView = RecordsRootView
    include_format_suffixes = False


router = RecordsRouter()
router.register("departments", DepartmentViewSet)
router.register("doctors", DoctorViewSet)
router.register("patients", PatientViewSet)
router.register("appointments", AppointmentViewSet)
router.register("medical-records", MedicalRecordViewSet)
router.register("lab-results", LabResultViewSet)
router.register("jobs", JobViewSet)
router.register("people", PersonViewSet)
router.register("skills", SkillViewSet)
router.register("clients", ClientViewSet)
router.register("business-units", BusinessUnitViewSet)

urlpatterns = [
    # Checking a password takes long on purpose: not with the database's write lock held.
    path("auth/token/", non_atomic_requests(TokenView.as_view())),
    path("auth/login/", non_atomic_requests(LoginView.as_view())),
    path("auth/logout/", LogoutView.as_view()),
    path("me/permissions/", PermissionsView.as_view()),
    # Another service is waited for: not within a transaction.
    path("drugs/<str:code>/interactions/", non_atomic_requests(InteractionsView.as_view())),
    path("", include(router.urls)),
]
