import re
import uuid

from django.http import HttpResponseNotAllowed, JsonResponse

from api.errors import Refused

OWN_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


class RequestIds:
    """Every answer gets an X-Request-Id, and every error a body of JSON."""

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        sent = request.headers.get("X-Request-Id", "")
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            allow = response.headers["Allow"]
            response = JsonResponse({"error": "method not allowed"}, status=405)
            response.headers["Allow"] = allow
        response.headers["X-Request-Id"] = sent if OWN_ID.fullmatch(sent) else uuid.uuid4().hex
        return response

    def process_exception(self, request, exception):
        if isinstance(exception, Refused):
            return JsonResponse({"error": exception.why}, status=exception.status)
        return None


request_ids = RequestIds
