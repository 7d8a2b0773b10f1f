from django.urls import path

from api import errors, views

urlpatterns = [
    path("", views.hello),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
