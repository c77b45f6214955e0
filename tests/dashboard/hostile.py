#!/usr/bin/env python3
"""hostile.py - reports whose every text tries to be more than text.

usage: hostile.py FOLDER    writes FOLDER/*.xml and FOLDER.json: what a page must
                            show of them as text"""

import json
import os
import sys

BEGIN = 1793491200  # 2026-11-01

TEXTS = [
    "</script><script>window.hit=1;alert(1)</script>",
    "\"><img src=x onerror=window.hit=1>",
    "'><svg onload=alert(1)>",
    "<!--<script>",
    "]]></script>-->",
    "javascript:alert(1)//",
    "\\u003cscript\\u003e",
    "&lt;b&gt;&amp;amp;",
    "{{constructor.constructor('alert(1)')()}}",
    "@TITLE@@DATA@",
    "=cmd|' /C calc'!A0",
    "%3Cscript%3E",
    "a\u2028b\u2029c",
    "\u05d0\u05d1\u05d2 abc",
    "Z\u0351\u036b\u0343\u036a\u0302\u036b",
]
CHANGED = ["abc\u202egnp.exe", "NUL\x00here", "line\nend\ttab"]  # a table never has these
LONG = ["w" * 5000, "\U0001f4e7" * 2000, "<" * 3000]


def escape(text):
    return "".join(f"&#{ord(c)};" if c in "<>&\"'\r\n\t" or ord(c) > 126 else c for c in text)


def record(number, text):
    text = escape(text)
    return (f"<record><row><source_ip>{text}</source_ip><count>{9000 - number}</count><policy_evaluated>"
            f"<disposition>{text if number % 3 else 'reject'}</disposition><dkim>fail</dkim><spf>fail</spf>"
            f"<reason><type>{text}</type><comment>{text}</comment></reason></policy_evaluated></row>"
            f"<identifiers><header_from>{text}</header_from><envelope_from>{text}</envelope_from></identifiers>"
            f"<auth_results><dkim><domain>{text}</domain><selector>{text}</selector><result>fail</result></dkim>"
            f"<spf><domain>{text}</domain><scope>mfrom</scope><result>{'pass' if number % 2 else text}</result></spf>"
            f"</auth_results></record>\n")


def report(number, org, domain, policy, records):
    return (f'<?xml version="1.0" encoding="UTF-8"?>\n<feedback><report_metadata><org_name>{escape(org)}</org_name>'
            f"<email>{escape(org)}</email><report_id>{number} {escape(org)}</report_id><date_range>"
            f"<begin>{BEGIN}</begin><end>{BEGIN + 86399}</end></date_range></report_metadata><policy_published>"
            f"<domain>{domain}</domain><p>{escape(policy)}</p><sp>{escape(policy)}</sp><pct>{escape(policy)}</pct>"
            f"</policy_published>\n{records}</feedback>\n").encode("utf-8", "surrogatepass")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    folder = sys.argv[1]
    os.makedirs(folder)
    texts = TEXTS + CHANGED
    for number, text in enumerate(texts + LONG):
        path = os.path.join(folder, f"{number:02}.xml")
        with open(path, "wb") as file:
            # sources differ a little, so that all have room in the tables
            file.write(report(number, text, ["example.com", "</title><b>", "example.net"][number % 3], text,
                              record(number, text) if number < 19 else ""))
    with open(os.path.join(folder, "big.xml"), "wb") as file:
        file.write(report(99, "huge", "example.org", "none",
                          record(0, "2001:db8::1").replace("<count>9000<", "<count>9223372036854775807<") * 3))
    with open(folder + ".json", "w", encoding="utf-8") as file:
        shown = [text.replace("\u2028", " ").replace("\u2029", " ") for text in TEXTS]
        json.dump({"shown": shown + ["NUL", "line end tab", "w" * 90 + "wwwwwwwwww\u2026"]}, file)


if __name__ == "__main__":
    main()
