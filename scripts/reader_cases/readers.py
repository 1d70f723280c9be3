"""The readers: libraries of Python, which read within this process, and programs, which read many files in one run."""

import json
import os
import shutil
import subprocess
import sys
import tempfile


class Library:
    """A function of the text of a file and of a name, which a module does the work of."""

    def __init__(self, name, parse):
        self.name, self.parse, self.is_short = name, parse, True

    def is_missing(self):
        try:
            __import__(self.name)
        except ImportError:
            return True
        return False

    def read(self, paths, name):
        return [self.parse(open(path, "rb").read().decode(), name) for path in paths]


class Rules:
    """No reader: the form writes by the rules of its language, and the value is taken to be the written one."""

    name, is_short = "(rules)", True

    def is_missing(self):
        return False

    def read(self, paths, name):
        return None


class Program:
    """A script for a program. Its arguments are a name and the path of a list of files. It prints the value that each of them
    gives the name, in hex, on a line of its own."""

    def __init__(self, program, script, file, is_short=False, arguments=()):
        self.name, self.script, self.file, self.is_short, self.arguments = program, script, file, is_short, arguments

    def is_missing(self):
        return shutil.which(self.name) is None

    def read(self, paths, name):
        with tempfile.TemporaryDirectory(prefix="readers-") as folder:
            script = os.path.join(folder, self.file)
            with open(script, "w") as file:
                file.write(self.script)
            return self.values([self.name, *self.arguments, script], folder, paths, name)

    def values(self, command, folder, paths, name):
        listing = os.path.join(folder, "paths")
        with open(listing, "w") as file:
            file.write("".join(f"{path}\n" for path in paths))
        environment = {**os.environ, "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*command, name, listing], capture_output=True, text=True, env=environment)
        values = [bytes.fromhex(line).decode("utf-8", "surrogateescape") for line in done.stdout.splitlines()]
        if done.returncode or len(values) != len(paths):
            read = paths[len(values)] if len(values) < len(paths) else ""
            sys.exit(f"readers: {self.name} ends with {done.returncode} at {read}: {done.stderr[-2000:]}")
        return values


class Compiler(Program):
    """A program that compiles one source of all files. `source` is a function of the paths, the name and the folder, which
    returns the text of the source; `commands` are the command that compiles it and the one that runs it."""

    def __init__(self, program, file, source, compile_with, run_with):
        super().__init__(program, None, file)
        self.source, self.compile_with, self.run_with = source, compile_with, run_with

    def read(self, paths, name):
        with tempfile.TemporaryDirectory(prefix="readers-") as folder:
            with open(os.path.join(folder, self.file), "w") as file:
                file.write(self.source(paths, name, folder))
            done = subprocess.run(self.compile_with, cwd=folder, capture_output=True, text=True)
            if done.returncode:
                sys.exit(f"readers: {self.name}: {done.stderr[-2000:]}")
            run = [part.replace("FOLDER", folder) for part in self.run_with]
            return self.values(run, folder, paths, name)


RULES = Rules()


def run_python(text, name):
    names = {"__builtins__": {}}
    exec(compile(text, "settings.py", "exec"), names)
    return names[name]


PYTHON = Library("ast", run_python)


BASH = Program(
    "bash",
    """
    name=$1
    while IFS= read -r path; do
      ( . "$path" && printf '%s' "${!name}" | od -An -v -tx1 | tr -d ' \\n'; echo )
    done <"$2"
    """,
    "read.sh",
    is_short=True,
)
NODE = Program(
    "node",
    """
    const fs = require("fs"), vm = require("vm");
    const [name, listing] = process.argv.slice(2);
    for (const path of fs.readFileSync(listing, "utf8").trim().split("\\n"))
      console.log(Buffer.from(vm.runInNewContext(fs.readFileSync(path, "utf8") + "\\n;" + name)).toString("hex"));
    """,
    "read.js",
)
PHP = Program(
    "php",
    r"""<?php
    foreach (file($argv[2], FILE_IGNORE_NEW_LINES) as $path) {
        $read = function () use ($path, $argv) { include $path; return ${$argv[1]}; };
        echo bin2hex($read()), "\n";
    }
    """,
    "read.php",
)
RUBY = Program(
    "ruby",
    """
    name, listing = ARGV
    File.readlines(listing, chomp: true).each do |path|
      puts eval(File.read(path, encoding: "UTF-8") + "\\n" + name).unpack1("H*")
    end
    """,
    "read.rb",
)
PERL = Program(
    "perl",
    """
    my ($name, $listing) = @ARGV;
    open my $paths, '<', $listing or die;
    while (my $path = <$paths>) {
      chomp $path;
      open my $file, '<:raw', $path or die;
      my $text = do { local $/; <$file> };
      my $value = eval "no strict; $text\\n\\$$name";
      die "$path: $@" if $@;
      print unpack('H*', $value), "\\n";
    }
    """,
    "read.pl",
    is_short=True,
)
LUA = Program(
    "lua",
    """
    for path in io.lines(arg[2]) do
      local names = {}
      assert(loadfile(path, "t", names))()
      print((names[arg[1]]:gsub(".", function(c) return ("%02x"):format(c:byte()) end)))
    end
    """,
    "read.lua",
)
# The compiler itself would need seconds for each file: its own packages parse and compute the constant.
GO = Program(
    "go",
    """
    package main

    import ("fmt"; "go/ast"; "go/constant"; "go/parser"; "go/token"; "go/types"; "os"; "strings")

    func main() {
        listing, _ := os.ReadFile(os.Args[2])
        for _, path := range strings.Fields(string(listing)) {
            files := token.NewFileSet()
            file, err := parser.ParseFile(files, path, nil, 0)
            if err != nil { panic(err) }
            settings, err := new(types.Config).Check("settings", files, []*ast.File{file}, nil)
            if err != nil { panic(err) }
            value := settings.Scope().Lookup(os.Args[1]).(*types.Const).Val()
            fmt.Printf("%x\\n", constant.StringVal(value))
        }
    }
    """,
    "read.go",
    arguments=["run"],
)


def rust_source(paths, name, folder):
    modules = "".join(f'#[path = {json.dumps(path)}] mod file{at};\n' for at, path in enumerate(paths))
    shown = "".join(f"    show(file{at}::{name});\n" for at in range(len(paths)))
    show = 'fn show(value: &str) { println!("{}", value.bytes().map(|b| format!("{b:02x}")).collect::<String>()); }\n'
    return f"{modules}{show}fn main() {{\n{shown}}}\n"


RUST = Compiler("rustc", "read.rs", rust_source, ["rustc", "--edition=2021", "-Awarnings", "-o", "read", "read.rs"], ["FOLDER/read"])


def c_source(paths, name, folder):
    parts = ["#include <stdio.h>\nstatic void show(const char *at) { for (; *at; at++) printf(\"%02x\", (unsigned char)*at); puts(\"\"); }\n"]
    for at, path in enumerate(paths):
        parts.append(f'#define {name} value{at}\n#include {json.dumps(path)}\n#undef {name}\n')
    shown = "".join(f"show(value{at});\n" for at in range(len(paths)))
    return "".join(parts) + f"int main(void) {{\n{shown}}}\n"


C = Compiler("gcc", "read.c", c_source, ["gcc", "-w", "-std=gnu17", "-o", "read", "read.c"], ["FOLDER/read"])


def java_source(paths, name, folder):
    """Classes may have equal names: each file is compiled in a package of its own."""
    for at, path in enumerate(paths):
        os.makedirs(f"{folder}/p{at}")
        with open(path, encoding="utf-8", newline="") as file, open(f"{folder}/p{at}/Settings.java", "w", encoding="utf-8", newline="") as out:
            out.write(f"package p{at};\n{file.read()}")
    shown = "".join(f'"p{at}", ' for at in range(len(paths)))
    return f"""
    public class Read {{
        public static void main(String[] arguments) throws Exception {{
            for (String one : new String[] {{{shown}}}) {{
                String value = (String) Class.forName(one + ".Settings").getField(arguments[0]).get(null);
                StringBuilder hex = new StringBuilder();
                for (byte b : value.getBytes("UTF-8")) hex.append(String.format("%02x", b));
                System.out.println(hex);
            }}
        }}
    }}
    """


COMPILE_JAVA = ["bash", "-c", "javac -nowarn -encoding UTF-8 -d out Read.java p*/Settings.java"]
JAVA = Compiler("javac", "Read.java", java_source, COMPILE_JAVA, ["java", "-cp", "FOLDER/out", "Read"])
