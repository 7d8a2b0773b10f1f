from django.http import JsonResponse


class Refused(Exception):
    """Ends a request with a status and a sentence for the client."""

    def __init__(self, status, why):
        super().__init__(why)
        self.status = status
        self.why = why


def bad_request(request, exception=None):
    return JsonResponse({"error": "bad request"}, status=400)


def not_found(request, exception=None):
    return JsonResponse({"error": "not found"}, status=404)


def server_error(request):
    return JsonResponse({"error": "internal server error"}, status=500)
