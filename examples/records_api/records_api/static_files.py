"""Static files, which the application serves itself."""

from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.exceptions import SuspiciousFileOperation
from django.db.transaction import non_atomic_requests
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from django.views.static import serve

FOR_EVER = "public, max-age=31536000, immutable"
FOR_A_MINUTE = "public, max-age=60"


@non_atomic_requests
@require_safe
def static_file(request: HttpRequest, path: str) -> HttpResponse:
    """A name with the hash of its content means the same content for ever; any other does not."""
    try:
        response = serve(request, path, document_root=settings.STATIC_ROOT)
    except SuspiciousFileOperation as error:  # a path that leads out of the folder
        raise Http404 from error
    is_hashed = path in staticfiles_storage.hashed_files.values()
    response["Cache-Control"] = FOR_EVER if is_hashed else FOR_A_MINUTE
    return response
