"""Errors as JSON: Django would answer with pages of HTML."""

from django.http import HttpResponseNotAllowed, JsonResponse


def bad_request(request, exception=None):
    return JsonResponse({"error": "bad request"}, status=400)


def not_found(request, exception=None):
    return JsonResponse({"error": "not found"}, status=404)


def server_error(request):
    return JsonResponse({"error": "internal server error"}, status=500)


def json_errors(get_response):
    """A middleware: what Django's own decorators refuse becomes JSON as well."""

    def middleware(request):
        response = get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            allow = response.headers["Allow"]
            response = JsonResponse({"error": "method not allowed"}, status=405)
            response.headers["Allow"] = allow
        return response

    return middleware
