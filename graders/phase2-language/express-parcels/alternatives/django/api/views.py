import asyncio
import json

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.views import View

from api import pricing, store
from api.errors import Refused


def _refuse(word):
    raise ValueError(word)


def body_of(request):
    if request.content_type != "application/json":
        raise Refused(415, "the body must be JSON")
    try:
        return json.loads(request.body, parse_constant=_refuse)
    except RequestDataTooBig:
        raise Refused(413, "the body is larger than 100 KiB") from None
    except (ValueError, RecursionError):
        raise Refused(400, "the body is not JSON") from None


class Parcels(View):
    def get(self, request):
        wanted = request.GET.get("status")
        if wanted is not None and not store.status(wanted):
            raise Refused(400, "status must be new, moving or delivered")
        return JsonResponse(store.all_of(wanted), safe=False)

    def post(self, request):
        parcel = store.add(store.read(body_of(request), required=("to", "weightG")))
        location = request.build_absolute_uri(f"/parcels/{parcel['code']}")
        return JsonResponse(parcel, status=201, headers={"Location": location})


class Parcel(View):
    def get(self, request, code):
        return JsonResponse(store.find(code))

    def patch(self, request, code):
        store.find(code)
        return JsonResponse(store.change(code, store.read(body_of(request))))

    def delete(self, request, code):
        store.remove(code)
        return HttpResponse(status=204)


class Quote(View):
    def get(self, request, code):
        weight = store.find(code)["weightG"]
        try:
            return JsonResponse({"cents": pricing.price_of(weight)})
        except pricing.Late:
            raise Refused(504, "the pricing service took too long") from None
        except pricing.Broken:
            raise Refused(502, "the pricing service gave no usable answer") from None


def boom(request):
    raise RuntimeError("boom")


async def boom_async(request):
    await asyncio.sleep(0.01)
    raise RuntimeError("boom")
