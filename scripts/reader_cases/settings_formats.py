"""Properties, dotenv, INI, systemd, XML, Compose and HCL."""

import configparser
import importlib
import io
import xml.etree.ElementTree

from reader_cases.data_formats import YAML, unicode_escape, yaml_double_text
from reader_cases.form_registry import escaped, form, halves, has_control, within
from reader_cases.readers import RULES, Library


def read_properties(text, name):
    return importlib.import_module("javaproperties").loads(text)[name]


def read_dotenv(text, name):
    return importlib.import_module("dotenv").dotenv_values(stream=io.StringIO(text, newline=""))[name]


def read_ini(text, name):
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    return parser["database"][name]


def read_xml(text, name):
    root = xml.etree.ElementTree.fromstring(text)
    for element in root.iter():
        if element.tag == name:
            return element.text
        if name in element.attrib:
            return element.attrib[name]
        if element.get("key") == name:
            return element.get("value")
    return None


PROPERTIES = Library("javaproperties", read_properties)
DOTENV = Library("dotenv", read_dotenv)
INI = Library("configparser", read_ini)
XML = Library("xml.etree", read_xml)
COMPOSE = Library("yaml", lambda text, name: YAML.parse(text, name).replace("$$", "$"))

PROPERTIES_ESCAPES = {"\\": "\\\\", ":": "\\:", "=": "\\=", "#": "\\#", "!": "\\!", "\n": "\\n", "\t": "\\t", "\r": "\\r", "\f": "\\f"}


def properties_text(value):
    text = escaped(value, PROPERTIES_ESCAPES, unicode_escape)
    text = "".join(c if c.isascii() else unicode_escape(c) for c in text)
    return f"\\{text}" if text.startswith(" ") else text


@form("settings.properties", PROPERTIES)
def properties_equals(name, value):
    return f"# of the database\n{name}={properties_text(value)}\n"


@form("settings.properties", PROPERTIES)
def properties_colon(name, value):
    return f"{name} : {properties_text(value)}\n"


@form("settings.properties", PROPERTIES)
def properties_continued(name, value):
    first, second = map(properties_text, halves(value))
    return f"{name} = {first}\\\n    {second}\nport=5432\n"


@form(".env", DOTENV)
def dotenv_bare(name, value):
    unfit = has_control(value) or set(value) & set("'\"`#$\\ ") or not value
    return None if unfit or value != value.strip() else f"{name}={value}\nPORT=5432\n"


def dotenv_quoted(name, value, quote):
    # An expression in braces behind a dollar is replaced in either quotes.
    if "${" in value or has_control(value, "\n\t"):
        return None
    text = value.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    return f"{name}={quote}{text}{quote}\nPORT=5432\n"


@form(".env", DOTENV)
def dotenv_single(name, value):
    return dotenv_quoted(name, value, "'")


@form(".env", DOTENV)
def dotenv_double(name, value):
    return dotenv_quoted(name, value, '"')


@form(".env", DOTENV)
def dotenv_double_escapes(name, value):
    text = escaped(value, {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t"})
    return None if "${" in value else within(f'export {name}="', text, '"\n')


@form("settings.ini", INI)
def ini_value(name, value):
    return None if has_control(value) or value != value.strip() else f"[database]\n{name} = {value}\nport = 5432\n"


SYSTEMD_ESCAPES = {"\\": "\\\\", '"': '\\"', "%": "%%", "\n": "\\n", "\t": "\\t"}


@form("store.service", RULES)
def systemd_quoted(name, value):
    return within(f'[Service]\nEnvironment="{name}=', escaped(value, SYSTEMD_ESCAPES), '"\nExecStart=/usr/bin/store\n')


@form("store.service", RULES)
def systemd_single(name, value):
    text = escaped(value, {**SYSTEMD_ESCAPES, '"': '"', "'": "\\'"})
    return within(f"[Service]\nEnvironment='{name}=", text, "'\nExecStart=/usr/bin/store\n")


@form("store.service", RULES)
def systemd_bare(name, value):
    unfit = has_control(value) or set(value) & set(" '\"\\")
    return None if unfit else f"[Service]\nEnvironment={name}={value.replace('%', '%%')} PORT=5432\n"


XML_TEXT = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\x85": "&#x85;", "\u2028": "&#8232;", "\x7f": "&#127;"}
XML_ATTRIBUTE = {**XML_TEXT, '"': "&quot;", "\n": "&#10;", "\t": "&#9;"}


@form("settings.xml", XML)
def xml_text(name, value):
    text = escaped(value, {**XML_TEXT, "\n": "\n", "\t": "\t"})
    return within(f"<settings>\n  <{name}>", text, f"</{name}>\n  <port>5432</port>\n</settings>\n")


@form("settings.xml", XML)
def xml_text_references(name, value):
    text = escaped(value, {**XML_TEXT, **{c: f"&#x{ord(c):x};" for c in "aeiou'\"$#\n\té日😀"}})
    return within(f"<settings><{name}>", text, f"</{name}></settings>\n")


@form("settings.xml", XML)
def xml_cdata(name, value):
    unfit = "]]>" in value or has_control(value, "\n\t")
    return None if unfit else f"<settings><{name}><![CDATA[{value}]]></{name}></settings>\n"


@form("settings.xml", XML)
def xml_attribute(name, value):
    return within(f'<settings>\n  <database {name}="', escaped(value, XML_ATTRIBUTE), '" port="5432"/>\n</settings>\n')


@form("settings.xml", XML)
def xml_key_and_value(name, value):
    text = escaped(value, {**XML_ATTRIBUTE, '"': '"', "'": "&apos;"})
    return within(f"<settings>\n  <add key='{name}' value='", text, "'/>\n</settings>\n")


@form("docker-compose.yml", COMPOSE)
def compose_double(name, value):
    text = yaml_double_text(value).replace("$", "$$")
    return f'services:\n  store:\n    image: store:1\n    environment:\n      {name}: "{text}"\n'


@form("docker-compose.yml", COMPOSE)
def compose_single(name, value):
    text = value.replace("'", "''").replace("$", "$$")
    return None if has_control(value, "\t") else f"services:\n  store:\n    image: store:1\n    environment:\n      {name}: '{text}'\n"


HCL_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def hcl_template(text):
    return text.replace("${", "$${").replace("%{", "%%{")


@form("main.tf", RULES)
def hcl_quoted(name, value):
    return f'resource "db" "store" {{\n  {name} = "{hcl_template(escaped(value, HCL_ESCAPES, unicode_escape))}"\n}}\n'


@form("main.tf", RULES)
def hcl_heredoc(name, value):
    unfit = not value.endswith("\n") or has_control(value, "\n\t")
    return None if unfit else f"{name} = <<EOT\n{hcl_template(value)}EOT\nport = 5432\n"


@form("main.tf", RULES)
def hcl_indented_heredoc(name, value):
    unfit = not value.endswith("\n") or has_control(value, "\n\t") or "\n\n" in value or value[0].isspace()
    text = "".join(f"    {line}\n" for line in hcl_template(value).splitlines())
    return None if unfit else f"{name} = <<-EOT\n{text}    EOT\nport = 5432\n"
