import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import vectors  # noqa: E402


def main(folder=None, *names):
    if folder in ("-h", "--help"):
        sys.exit(vectors.__doc__)
    for one in vectors.VECTORS:
        if folder is None:
            print(f"{one.name:28} {one.threat:12} {one.verdict:10} {one.about}")
        elif not names or one.name in names:
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, one.name + ".eml"), "wb") as file:
                file.write(one.bytes())


main(*sys.argv[1:])
