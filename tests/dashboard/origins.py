#!/usr/bin/env python3
"""origins.py - whose the addresses of reports.py and hostile.py are, made up.

usage: origins.py FOLDER    writes FOLDER/networks.mmdb"""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "summary"))
import mmdb  # noqa: E402

NETWORKS = {
    "192.0.2.0/24": ("DE", 64500, "Meadow Hosting GmbH"),
    "198.51.100.0/26": ("IE", 64501, "Newsletter Example"),
    "198.51.100.64/26": ("US", 64502, "CRM Cloud Example"),
    "198.51.100.128/26": ("NL", 64503, "Booking Example"),
    "198.51.100.192/26": ("BR", 64504, ""),
    "203.0.113.0/26": ("US", 64505, "Quayside Networks"),
    "203.0.113.64/28": ("FR", 64506, "Forward Example"),
    "203.0.113.80/28": ("GB", 64507, "University of Example"),
    "203.0.113.128/25": ("VN", 64508, "Rented Servers Example"),
    "2001:db8:20::/48": ("DE", 64500, "Meadow Hosting GmbH"),
    "2001:db8:90::/48": ("GB", 64507, "University of Example"),
    "2001:db8::/48": ("XX", 64509, "</script><script>alert(2)</script>"),
}


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    mmdb.write(os.path.join(sys.argv[1], "networks.mmdb"), {
        network: {"country": {"iso_code": country}, "autonomous_system_number": number,
                  "autonomous_system_organization": name}
        for network, (country, number, name) in NETWORKS.items()})


if __name__ == "__main__":
    main()
