"""The page of an evaluation: one HTML file with everything in it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from math import isnan
from typing import TYPE_CHECKING, Any

from artengine import showing
from artengine.evaluating.report import MEANINGS, Report
from artengine.works import Image

if TYPE_CHECKING:
    from artengine.works import Work

SHOWN = 48  # pictures of each side, and fewer works that take more room
FEW = {"music": 2}  # with sound

STYLE = """
body { font: 16px/1.5 Georgia, 'Noto Serif', serif; max-width: 72em; margin: 2em auto; padding: 0 1em; color: #222;
       background: #fbfaf7 }
h1, h2 { font-weight: normal } h2 { margin-top: 2em; border-bottom: 1px solid #ddd }
table { border-collapse: collapse } td, th { padding: .25em .9em .25em 0; text-align: left; vertical-align: top }
td.n { text-align: right; font-variant-numeric: tabular-nums } .quiet { color: #777; font-size: 90% }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 2em } .pairs { display: flex; flex-wrap: wrap; gap: 1.2em }
img { image-rendering: auto; max-width: 100% } .pairs img { width: 80px; image-rendering: pixelated }
figure { margin: 0 }
"""


def html(report: Report) -> str:
    """The page."""
    data = report.data
    model = data["model"]["name"] or "no model"
    parts = [f"<h1>{escape(data['plugin'])} ({escape(model)}) against {escape(_compared(data)['name'])}</h1>",
             "".join(f"<p>{escape(line)}</p>" for line in report.findings),
             _distribution(data), _sides(report), _pairs(report), _critics(data), _about(data)]
    return ("<!doctype html>\n<html lang=\"en\"><meta charset=\"utf-8\">"
            f"<title>{escape(data['plugin'])}: an evaluation</title><style>{STYLE}</style>\n"
            + "\n".join(part for part in parts if part) + "\n</html>\n")


def _compared(data: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = data.get("held_out_corpus") or data["corpus"]
    return found


def _number(value: float | None) -> str:
    return "–" if value is None or isnan(value) else f"{value:,.3f}"


def _distribution(data: dict[str, Any]) -> str:
    if "distribution" not in data:
        return ""
    made, floor = data["distribution"]["made"], data["distribution"]["floor"]
    rows = []
    for key, (name, better, says) in MEANINGS.items():
        scale = 1000 if key == "kid" else 1
        values = [_number(scale * side[key]) if side else "–" for side in (made, floor)]
        rows.append(f"<tr><td>{name}</td><td class=n>{values[0]}</td><td class=n>{values[1]}</td><td>{better} is better</td>"
                    f"<td class=quiet>{escape(says)}</td></tr>")
    features = data["features"]
    halves = f"; {floor['count']:,} in each half (FID at that count: {made['fid_at_half']:.3f})" if floor else ""
    count = f"{made['count']:,} made and {made['real']:,} real{halves}"
    return (f"<h2>As a whole</h2><table><tr><th></th><th>made</th><th>two halves</th></tr>{''.join(rows)}</table>"
            f"<p class=quiet>Features: {escape(features['name'])}, {features['dimensions']} dimensions"
            f"{', standardised' if features['standardised'] else ''}. {count}. “Two halves” are two halves of the corpus "
            "against each other: what a perfect model of it could reach at that count. Figures of other features or counts "
            "do not compare.</p>")


def _sides(report: Report) -> str:
    sides = (("made", report.made), ("real", report.real))
    columns = "".join(f"<div><p>{name}</p>{_shown(works)}</div>" for name, works in sides)
    return f"<h2>Side by side</h2><div class=sides>{columns}</div>"


def _shown(works: Sequence[Work]) -> str:
    pictures = [work for work in works if isinstance(work, Image)][:SHOWN]
    if not pictures:
        return "".join(f"<div>{showing.html(work)}</div>" for work in works[:FEW.get(works[0].medium, 6)])
    from artengine.evaluating.gathering import bounded
    from artengine.pictures import sheet

    small = [one for one in (bounded(work, 128) for work in pictures) if isinstance(one, Image)]
    wide = max(one.width for one in small)
    return _picture(sheet(small, 8 if len(small) >= 32 else None, gap=3, scale=max(1, 64 // wide)))


def _picture(work: Image) -> str:
    return f'<img alt="" src="data:image/png;base64,{base64.b64encode(showing.png(work)).decode()}">'


def _pairs(report: Report) -> str:
    if not report.pairs:
        return ""
    memory = report.data["memorisation"]
    shown = "".join(f"<figure>{_picture(one)} {_picture(other)}<figcaption class=quiet>{far:.2f}</figcaption></figure>"
                    for one, other, far in report.pairs)
    return (f"<h2>Nearest in the corpus</h2><p>The made works (left) that lie nearest to one of the corpus (right), of "
            f"{memory['looked_through']:,} and their flips. 1 is as near as works that were not learnt lie; 0 is the same "
            f"picture. Over all: {memory['ratio']:.2f}; nearer than a third: {memory['copies']:.1%}, and "
            f"{memory['copies_elsewhere']:.1%} of works not learnt.</p><div class=pairs>{shown}</div>")


def _critics(data: dict[str, Any]) -> str:
    if not data.get("critics"):
        return ""
    rows = []
    for name, sides in data["critics"].items():
        rows.append(f"<tr><td>{escape(name)}</td><td class=n>{_number(sides['made']['score'])}</td>"
                    f"<td class=n>{_number(sides['real']['score'])}</td></tr>")
        rows += [f"<tr class=quiet><td>&nbsp;&nbsp;{escape(aspect)}</td><td class=n>{_number(value)}</td>"
                 f"<td class=n>{_number(sides['real']['aspects'].get(aspect))}</td></tr>"
                 for aspect, value in sides["made"]["aspects"].items()]
    return f"<h2>What critics say</h2><table><tr><th></th><th>made</th><th>real</th></tr>{''.join(rows)}</table>"


def _about(data: dict[str, Any]) -> str:
    corpus = data["corpus"]
    rows = [("generator", f"{data['plugin']} ({data['package']} {data['version']})"),
            ("model", f"{data['model']['name'] or '–'} {data['model']['sha256'][:16]}"),
            ("corpus", f"{corpus['name']}, {corpus['works']:,} works, {corpus['licence']}, {corpus['fingerprint'][:16]}"),
            ("learnt from it", {True: "yes", False: "no, from another", None: "unknown"}[data["learnt_from_corpus"]]),
            ("seeds", f"{data['seeds'][0]} to {data['seeds'][1]}"),
            ("made with", ", ".join(f"{name} {version}" for name, version in data["made_with"].items()))]
    if held := data.get("held_out_corpus"):
        rows.insert(3, ("held out", f"{held['name']}, {held['works']:,} works, {held['fingerprint'][:16]}"))
    told = "".join(f"<tr><td>{name}</td><td>{escape(str(value))}</td></tr>" for name, value in rows)
    return f"<h2>What was compared</h2><table>{told}</table>"
