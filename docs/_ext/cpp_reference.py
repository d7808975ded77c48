# SPDX-License-Identifier: Apache-2.0
"""Sphinx extension: reads the C++ headers with Doxygen, for breathe.

With ``BUILD_CPP_DOCS=0`` the pages of the C++ reference are left out, which saves most of the time
of a build.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from sphinx.errors import ExtensionError
from sphinx.util import logging

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

PAGES = "reference/cpp/*/*"
# Doxygen writes private members and friends into XML whatever its settings.
NOT_PUBLIC = re.compile(
    r'<sectiondef kind="(private-[^"]*|friend)">.*?</sectiondef>'
    r'|<innerclass [^>]*prot="private"[^>]*>.*?</innerclass>',
    re.DOTALL,
)
CODE_LINE = re.compile(r"<codeline>.*?</codeline>", re.DOTALL)
LINK_OR_COLOUR = re.compile(r"</?ref\b[^>]*>|</highlight><highlight\b[^>]*>")
# Identifiers that Doxygen gives to members of namespaces and to files. It complains itself of names
# that it does not find; what is left has no page: headers, internals, forward declarations.
DOXYGEN_ID = re.compile(r"_1_1|_8h$")
UNDOCUMENTED = re.compile(
    r"\S+: warning: Member (?P<member>.*) \([a-z ]+\)"
    r" of (file|namespace|class|struct|union) (?P<scope>.*) is not documented\.$"
)
NAME = re.compile(r"operator\(\)|[^(<]+")
# What C++ itself gives a meaning: comparison and assignment, the protocol of ranges and the types
# that go with it; and the declarations that every object class makes, which object.h explains.
SELF_EXPLAINING = re.compile(
    r"operator(==|!=|<=?|>=?|=|\*|->|\+\+|--)\("
    r"|(c?r?begin|c?r?end|swap|size|empty)\("
    r"|(const_|reverse_|const_reverse_)?iterator$"
    r"|(value_type|key_type|mapped_type|size_type|difference_type|iterator_category|pointer"
    r"|(const_)?reference)$"
    r"|_type_\w+$"
)
# The protocol that the comment of TypeTraits describes, in whatever implements it.
TRAITS = re.compile(r"\w*(TypeTraits|TraitsBase)\w*")
TRAITS_PROTOCOL = re.compile(
    r"((Copy|Move|CopyInt64)To\w+|Try\w+|CheckAnyStrict|(Copy|Move)From\w+|GetMismatchTypeInfo"
    r"|Type(Str|Schema))\("
    r"|(convert_enabled|storage_enabled|field_static_type_index|ContainerType)$"
)
# Constructors without arguments, from null, and from the class itself.
SPECIAL_CONSTRUCTOR = re.compile(
    r"(?P<name>\w+)\((const )?(std::nullptr_t|(?P<type>\w+)(< [^()]* >)? ?&&?)?( ?\w+)?\)"
)


def is_self_explaining(member: str, scope: str) -> bool:
    """Whether a member of a class needs no comment, as Doxygen's warnings name both."""
    if SELF_EXPLAINING.match(member):
        return True
    class_name = scope.partition("<")[0].rpartition("::")[2].strip()
    if TRAITS.fullmatch(class_name):
        return TRAITS_PROTOCOL.match(member) is not None
    match = SPECIAL_CONSTRUCTOR.match(member)
    return (
        match is not None and match["name"] == class_name and (match["type"] in (None, class_name))
    )


def documented_members(xml: Path) -> set[tuple[str, str]]:
    """Return the scope and the name of each member that has a comment."""
    members = set()
    for path in xml.glob("*.xml"):
        for compound in ElementTree.parse(path).getroot().iter("compounddef"):
            scope = compound.findtext("compoundname", "")
            for member in compound.iter("memberdef"):
                if any(
                    len(member.find(f"{part}description") or ()) for part in ("brief", "detailed")
                ):
                    members.add((scope, member.findtext("name", "")))
    return members


def missing_comments(messages: str, documented: set[tuple[str, str]]) -> list[str]:
    """Return Doxygen's complaints without those about members that need no comment of their own.

    These are the self-explaining ones and overloads of a function that has a comment.
    """
    problems = []
    for line in messages.splitlines():
        match = UNDOCUMENTED.match(line)
        if match is not None:
            member, scope = match["member"], match["scope"]
            name = NAME.match(member)[0].strip()
            if is_self_explaining(member, scope) or (scope, name) in documented:
                continue
        problems.append(line)
    return problems


def run_doxygen(docs: Path, output: Path) -> str:
    """Write XML into ``output``/xml; return Doxygen's messages."""
    output.mkdir(parents=True, exist_ok=True)
    configuration = (docs / "Doxyfile").read_text(encoding="utf-8")
    try:
        result = subprocess.run(
            ["doxygen", "-"],
            input=f"{configuration}\nOUTPUT_DIRECTORY = {output}\n",
            cwd=docs,
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
            check=True,
        )
    except FileNotFoundError:
        raise ExtensionError("doxygen is missing; BUILD_CPP_DOCS=0 builds without it") from None
    for path in (output / "xml").glob("*.xml"):
        path.write_text(simplify_xml(path.read_text(encoding="utf-8")), encoding="utf-8")
    _name_files_by_path(output / "xml")
    return result.stderr


def simplify_xml(text: str) -> str:
    """Return a file of Doxygen's XML without what the pages must not show, or breathe garbles."""
    text = NOT_PUBLIC.sub("", text)
    # Breathe drops the blanks before a link or a change of colour in code.
    return CODE_LINE.sub(lambda line: LINK_OR_COLOUR.sub("", line[0]), text)


def _name_files_by_path(xml: Path) -> None:
    """Give files in the index their directories; pages name, and breathe finds, headers by them."""

    def with_path(match: re.Match[str]) -> str:
        compound = (xml / f"{match['id']}.xml").read_text(encoding="utf-8")
        path = re.findall(r'<location file="([^"]*)"/>\s*</compounddef>', compound)[-1]
        return f'<compound refid="{match["id"]}" kind="file"><name>{path}</name>'

    index = xml / "index.xml"
    text = index.read_text(encoding="utf-8")
    pattern = r'<compound refid="(?P<id>[^"]*)" kind="file"><name>[^<]*</name>'
    index.write_text(re.sub(pattern, with_path, text), encoding="utf-8")


def _configure(app: Sphinx, config: Config) -> None:
    if os.getenv("BUILD_CPP_DOCS", "1") == "0":
        config.exclude_patterns.append(PAGES)
        config.suppress_warnings += ["toc.excluded", "ref.doc", "myst.xref_missing"]
        return
    output = Path(app.doctreedir).parent / "doxygen"
    config.breathe_projects = {config.breathe_default_project: str(output / "xml")}
    messages = run_doxygen(Path(app.confdir), output)
    for problem in missing_comments(messages, documented_members(output / "xml")):
        logger.warning("%s", problem)


def _leave_as_text(
    _app: Sphinx, _env: BuildEnvironment, node: pending_xref, content: Element
) -> Element | None:
    """Show what Doxygen links to and no page has without a link."""
    if node["reftype"] == "ref" and DOXYGEN_ID.search(node["reftarget"]):
        return content
    return None


def setup(app: Sphinx) -> dict[str, bool]:
    """Run Doxygen before breathe looks for its output."""
    app.connect("config-inited", _configure, priority=100)
    app.connect("missing-reference", _leave_as_text)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
