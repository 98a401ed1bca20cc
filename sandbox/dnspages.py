"""The DNS for scripts, and as a page on which a person enters records as at a domain provider."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, url_for

from .app import answer_json, current_sandbox, read_json
from .dns import KINDS, OUT_OF_ORDER
from .wire import Row, invalid_request

blueprint = Blueprint("dns", __name__)


@blueprint.get("/sandbox/dns")
def read_records() -> Response:
    """{server: "127.0.0.1:9153", records: [{id, name, type, value}]}"""
    return _describe()


@blueprint.put("/sandbox/dns")
def replace_records() -> Response:
    current_sandbox().dns.replace(_read_records())
    return _describe()


@blueprint.post("/sandbox/dns")
def add_records() -> Response:
    current_sandbox().dns.add(_read_records())
    return _describe(201)


@blueprint.delete("/sandbox/dns/<int:record_id>")
def remove_record(record_id: int) -> Response:
    current_sandbox().dns.remove(record_id)
    return _describe()


@blueprint.get("/dns/")
def show_records() -> str:
    desk = current_sandbox().dns
    return render_template("dns.html", records=desk.list(), server=desk.server, kinds=KINDS + OUT_OF_ORDER)


@blueprint.post("/dns/")
def add_record() -> Any:
    current_sandbox().dns.add([{part: request.form.get(part, "") for part in ("name", "type", "value")}])
    return redirect(url_for(".show_records"), 303)


@blueprint.post("/dns/<int:record_id>/removal")
def remove(record_id: int) -> Any:
    current_sandbox().dns.remove(record_id)
    return redirect(url_for(".show_records"), 303)


def _describe(status: int = 200) -> Response:
    desk = current_sandbox().dns
    return answer_json({"server": desk.server, "records": desk.list()}, status)


def _read_records() -> list[Row]:
    records = read_json().get("records")
    if not isinstance(records, list):
        raise invalid_request("records must be a list of {name, type, value}.")
    return records
