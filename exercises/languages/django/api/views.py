"""Replace this view with those of the exercise's README; config/urls.py gives them their paths."""

from django.http import JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def hello(request):
    return JsonResponse({"hello": "Pelican Post"})
