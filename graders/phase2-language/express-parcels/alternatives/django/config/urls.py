from django.urls import path

from api import errors, views

urlpatterns = [
    path("parcels", views.Parcels.as_view()),
    path("parcels/<str:code>", views.Parcel.as_view()),
    path("parcels/<str:code>/quote", views.Quote.as_view()),
    path("boom", views.boom),
    path("boom-async", views.boom_async),
]

handler400 = errors.bad_request
handler404 = errors.not_found
handler500 = errors.server_error
