"""The first page of a store's studio."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from studio.page import Studio, studio_page


@require_safe
@studio_page()
def home(request: HttpRequest, studio: Studio) -> HttpResponse:
    return render(request, "studio/home/home.html")
