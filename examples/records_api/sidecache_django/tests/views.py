"""A site around the middleware: what the records API has no view for."""

from django.db import transaction
from django.http import HttpResponse, JsonResponse
from django.urls import path
from django.views import View

from records.models import Appointment, Department, Doctor
from sidecache_django import depends_on, invalidate


class Declared(View):
    depends_on = [Appointment, "rates"]

    def get(self, request):
        depends_on(Doctor(pk=5), 'the "other" name')
        return HttpResponse("declared")


def department(request, key):
    """Reads by a method that no serializer knows of."""
    row = Department.objects.get(pk=key)
    return JsonResponse({"doctors": [str(doctor) for doctor in row.doctors.all()]})


def move(request, key):
    """Writes one row, and within a savepoint that is rolled back another."""
    doctor = Doctor.objects.get(pk=key)
    doctor.specialty = "Moved"
    doctor.save()
    try:
        with transaction.atomic():
            Department.objects.create(name="Lost", location="Nowhere")
            raise LookupError
    except LookupError:
        return HttpResponse("moved")


def undo(request, key):
    move(request, key)
    transaction.set_rollback(True)
    return HttpResponse("undone")


def fail(request, key):
    move(request, key)
    raise RuntimeError("after the write")


@transaction.non_atomic_requests
def fail_late(request, key):
    move(request, key)
    raise RuntimeError("after the commit")


def many(request):
    Doctor.objects.update(specialty="Many")
    invalidate(Doctor)
    for number in range(60):
        Department.objects.create(name=f"Many {number}", location="x")
    return HttpResponse("many")


def labelled(request):
    Doctor.objects.count()
    headers = {"Cache-Groups": '"own"', "Content-Location": request.path}
    return HttpResponse("labelled", headers=headers)


urlpatterns = [
    path("declared/", Declared.as_view()),
    path("departments/<int:key>/", department),
    path("move/<int:key>/", move),
    path("undo/<int:key>/", undo),
    path("fail/<int:key>/", fail),
    path("fail_late/<int:key>/", fail_late),
    path("many/", many),
    path("labelled/", labelled),
]
