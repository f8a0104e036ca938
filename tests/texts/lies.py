"""Texts that are made to be taken for something else: code, markup, another text, a line of a log."""

from __future__ import annotations

HIT = "window.__hit=1"

# Each is one that some program somewhere took for what it is not.
LIES = {
    "a script": f"<script>{HIT}</script>",
    "a script in a script": f"</script><script>{HIT}</script>",
    "a script in a title": f"</title></textarea></style><script>{HIT}</script>",
    "an attribute's end": f'"><img src=/lies-1 onerror={HIT}>',
    "another attribute's end": f"'><img src=/lies-2 onerror={HIT}>",
    "an attribute": f'" onfocus={HIT} autofocus x="',
    "an attribute without quotes": f"x onmouseover={HIT} style=position:fixed;inset:0",
    "SVG": f"<svg onload={HIT}><animate onbegin={HIT} attributeName=x dur=1s></svg>",
    "MathML": f"<math><mi xlink:href=javascript:{HIT}>x</mi></math><iframe srcdoc='<script>{HIT}</script>'>",
    "a link": f"<a href=javascript:{HIT} target=_blank>press</a><base href=//lies.example>",
    "an address of code": f"javascript:{HIT}//",
    "an address of data": f"data:text/html,<script>{HIT}</script>",
    "style": "<style>@import url(//lies.example/x.css)</style><link rel=stylesheet href=//lies.example>",
    "a refresh": "<meta http-equiv=refresh content=0;url=//lies.example>",
    "a template": "{{7*7}}{% load static %}{{ settings.SECRET_KEY }}${7*7}#{7*7}<%= 7*7 %>",
    "a format": "%s%(name)s%n{0}{name}{0.__class__}%00%0d%0a",
    "a comment": "<!--[if true]>--!><![CDATA[<?php",
    "entities": "&lt;script&gt;&#60;&amp;amp;&zwnj;&#x202e;",
    "line ends": f"one\r\nSet-Cookie: lie=1\r\n\r\n<script>{HIT}</script>\n2026-11-27 ERROR forged",
    "control characters": "a\x01b\x07c\x08d\x0be\x0cf\x1bg\x7fh\x80i\x9bj",
    "a terminal's commands": "\x1b[2J\x1b[1;31mred\x1b]0;title\x07\x1b]8;;http://lies.example\x07link",
    "text turned around": "photo\u202egpj.exe \u202dover\u202c",
    "isolates": "\u2066one\u2067two\u2068three\u2069\u2069\u2069four",
    "marks": "a\u200eb\u200fc\u061cd",
    "nothing to see": "ad\u200bmin\ufeff\u2060\u00adistrator\u180e",
    "line separators": "one\u2028two\u2029three\u0085four",
    "look-alikes": "аdmіnіstrаtоr ΒΑΝΚ ｊａｖａｓｃｒｉｐｔ：",
    "a flood of marks": "Z" + "".join(chr(0x300 + each % 0x6F) for each in range(120)) + "algo",
    "right to left": "وزارة الدفاع (שם) <b>123</b> :العربية",
    "people and flags": "👩‍👩‍👧‍👦🏳️‍🌈🇸🇾👍🏿1️⃣",
    "a formula": "=cmd|' /C calc'!A0",
    "another formula": "+1+1\t@SUM(1)-2",
    "JSON": '"},{"state":"published","x":"\\u0000\\ud800',
    "a word without end": "x" * 180,
    "private and unassigned": "\ue000\U000f0000\U000e0041\ufdd0\uffff\U0010ffff",
    "SQL": "'; DROP TABLE claims_case; --",
    "a path": "../../../../etc/passwd\\..\\",
}

# One text with as much of this as the shortest fields take.
SINK = (
    f"<script>{HIT}</script>\"'><img src=/lies-0 onerror={HIT}>{{{{7*7}}}}\u202egpj\u2067\u2069\u200b\x1b[31m"
)
assert len(SINK) < 150

# What a page may not show as it is: it would turn around, or hide, what stands beside it.
TURNING = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u200e\u200f\u061c"
HIDDEN = "\u200b\u2060\ufeff\u00ad\u180e\u2028\u2029\x1b\x9b\x07\x08"


def long(times: int = 100_000) -> str:
    """One word of so many letters."""
    return "w" * times
