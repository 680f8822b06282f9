"""What a crossing costs beside nginx: CPU per request and per stream chunk, in one run. Method: README.md beside this.

usage: python bench/crossing.py [--seconds 5] [--repeats 3] [--save FILE]
"""

import argparse
import contextlib
import json
import os
import platform
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
TICKS = os.sysconf("SC_CLK_TCK")
MOCK_WHOLE, MOCK_PACED, NGINX_WHOLE, NGINX_PACED, PONTAGE = 19001, 19002, 19011, 19012, 19020
CHUNKS, GAP_MS = 40, 20

NGINX = """
worker_processes 1; daemon off; pid {folder}/nginx-{port}.pid; error_log {folder}/nginx-{port}.log crit;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; keepalive_timeout 600s;
  client_body_buffer_size 512k;
  client_body_temp_path {folder}/b{port}; proxy_temp_path {folder}/p{port}; fastcgi_temp_path {folder}/f{port};
  uwsgi_temp_path {folder}/u{port}; scgi_temp_path {folder}/s{port};
  upstream up {{ server 127.0.0.1:{upstream};
    keepalive 256; keepalive_requests 100000000; keepalive_timeout 600s; }}
  server {{ listen 127.0.0.1:{port} backlog=4096;
    location / {{ proxy_pass http://up; proxy_http_version 1.1;
      proxy_set_header Connection ''; proxy_buffering off; }} }} }}
"""
CONFIG = """
version: 1
server: {{port: {port}}}
ledger: {{enabled: false}}
providers:
  openai: {{base_url: "http://127.0.0.1:{upstream}/v1", api_key: any}}
  anthropic: {{base_url: "http://127.0.0.1:{upstream}", api_key: any}}
"""


@dataclass
class Row:
    """One candidate under one load."""

    name: str
    server: str
    model: str
    stream: bool
    samples: list[dict] = field(default_factory=list)

    def median(self, figure):
        told = [sample[figure] for sample in self.samples if sample.get(figure) is not None]
        return statistics.median(told) if told else None


ROWS = [
    Row("nginx", "nginx", "gpt-4o-mini", False),
    Row("same format", "pontage", "gpt-4o-mini", False),
    Row("same format, model renamed", "pontage", "openai/gpt-4o-mini", False),
    Row("translated", "pontage", "anthropic/claude-haiku-4-5", False),
    Row("nginx", "nginx", "gpt-4o-mini", True),
    Row("same format", "pontage", "gpt-4o-mini", True),
    Row("translated", "pontage", "anthropic/claude-haiku-4-5", True),
]


def family(pid):
    """The process and all it started."""
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                stat = (entry / "stat").read_text()
            except OSError:
                continue
            parents.setdefault(int(stat[stat.rindex(")") + 2 :].split()[1]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        found.append(waiting.pop())
        waiting += parents.get(found[-1], [])
    return found


def cpu_seconds(pid):
    total = 0
    for member in family(pid):
        try:
            stat = Path(f"/proc/{member}/stat").read_text()
        except OSError:
            continue
        user, system = stat[stat.rindex(")") + 2 :].split()[11:13]
        total += int(user) + int(system)
    return total / TICKS


def resident_mib(pid):
    total = 0
    for member in family(pid):
        try:
            lines = Path(f"/proc/{member}/status").read_text().splitlines()
        except OSError:
            continue
        total += sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
    return total / 1024


def start(command, core, folder):
    log = open(folder / "bench.log", "ab")  # noqa: SIM115 - the child keeps it
    return subprocess.Popen(
        ["taskset", "-c", core, *map(str, command)], stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=folder
    )


def wait_for(port, process):
    began = time.monotonic()
    while time.monotonic() - began < 30:
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), 0.3).close()
            return time.monotonic() - began
        except OSError:
            time.sleep(0.01)
    raise SystemExit(f"nothing listens on {port}; see bench.log")


def build(folder):
    for tool in ("mock", "load"):
        subprocess.run(["gcc", "-O2", "-w", "-o", folder / tool, HERE / "native" / f"{tool}.c"], check=True)


def write_inputs(folder):
    text = ("Explain how a gateway relays a chat completion, step by step, with care. " * 12)[:830]
    for row in ROWS:
        body = {
            "model": row.model,
            "messages": [{"role": "system", "content": "You are helpful."}, {"role": "user", "content": text}],
            "temperature": 0.2,
            "max_tokens": 256,
        }
        if row.stream:
            body |= {"stream": True, "stream_options": {"include_usage": True}}
        body_path(folder, row).write_text(json.dumps(body, separators=(",", ":")))
    for port, upstream in ((NGINX_WHOLE, MOCK_WHOLE), (NGINX_PACED, MOCK_PACED)):
        (folder / f"nginx-{port}.conf").write_text(NGINX.format(folder=folder, port=port, upstream=upstream))
    for stream, upstream in ((False, MOCK_WHOLE), (True, MOCK_PACED)):
        text = CONFIG.format(port=PONTAGE, upstream=upstream)
        (folder / f"pontage-{stream}.yaml").write_text(text)


def body_path(folder, row):
    return folder / f"body-{row.model.replace('/', '-')}-{row.stream}.json"


def launch(row, folder):
    """Start the row's server on core 0: (process, port, seconds until it listened)."""
    if row.server == "nginx":
        port = NGINX_PACED if row.stream else NGINX_WHOLE
        process = start(["nginx", "-p", folder, "-c", folder / f"nginx-{port}.conf"], "0", folder)
    else:
        port = PONTAGE
        command = [sys.executable, "-m", "pontage", "serve", "--config", folder / f"pontage-{row.stream}.yaml"]
        process = start(command, "0", folder)
    return process, port, wait_for(port, process)


def measure(row, folder, mocks, seconds):
    process, port, ready = launch(row, folder)
    try:
        time.sleep(0.3)
        idle = resident_mib(process.pid)
        conns = "100" if row.stream else "64"
        command = ["taskset", "-c", "1", str(folder / "load"), str(port), "/v1/chat/completions"]
        command += [str(body_path(folder, row)), conns]
        subprocess.run([*command, "1", "0"], capture_output=True, check=True)
        before, mock_before = cpu_seconds(process.pid), sum(cpu_seconds(mock.pid) for mock in mocks)
        told = json.loads(subprocess.run([*command, str(seconds), "0"], capture_output=True, check=True).stdout)
        spent = cpu_seconds(process.pid) - before
        mock_spent = sum(cpu_seconds(mock.pid) for mock in mocks) - mock_before
    finally:
        for member in reversed(family(process.pid)):
            with contextlib.suppress(ProcessLookupError):
                os.kill(member, signal.SIGKILL)
        process.wait()
    row.samples.append(
        {
            "requests": told["n"],
            "errors": told["err"] + told["non200"],
            "per_second": told["rps"],
            "cpu_per_1k_requests": spent / told["n"] * 1000 if told["n"] else None,
            "cpu_per_1k_chunks": spent / told["chunks"] * 1000 if told.get("chunks") else None,
            "p50_ms": told["p50"],
            "p99_ms": told["p99"],
            "chunk_p50_ms": told["chunk50"] if row.stream else None,
            "chunk_p99_ms": told["chunk99"] if row.stream else None,
            "mock_cpu": mock_spent,
            "idle_mib": idle,
            "ready_seconds": ready,
        }
    )


def report(rows):
    lines = []
    for stream, figure, title in (
        (False, "cpu_per_1k_requests", "whole answers, 64 connections"),
        (True, "cpu_per_1k_chunks", "streams, 100 at a time"),
    ):
        chosen = [row for row in rows if row.stream is stream]
        base = chosen[0].median(figure)
        unit = "chunks" if stream else "requests"
        lines += [f"\n**{title}**\n", f"| | CPU s / 1,000 {unit} | x nginx | errors | p50 ms | p99 ms | idle MiB |"]
        lines.append("|---|---|---|---|---|---|---|")
        for row in chosen:
            cost, prefix = row.median(figure), "chunk_" if stream else ""
            ratio = f"{cost / base:.2f}" if cost and base else "-"
            errors = sum(sample["errors"] for sample in row.samples)
            p50, p99 = row.median(f"{prefix}p50_ms"), row.median(f"{prefix}p99_ms")
            shown = "-" if cost is None else f"{cost:.4f}"
            lines.append(
                f"| {row.name} | {shown} | {ratio} | {errors} | {p50:.2f} | {p99:.2f} | {row.median('idle_mib'):.0f} |"
            )
    return "\n".join(lines)


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5)
    options.add_argument("--repeats", type=int, default=3)
    options.add_argument("--save", type=Path, help="write the samples as JSON")
    chosen = options.parse_args()
    if shutil.which("nginx") is None or shutil.which("gcc") is None:
        raise SystemExit("this needs nginx and gcc")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        build(folder)
        write_inputs(folder)
        mocks = [
            start([folder / "mock", MOCK_WHOLE, 20, 0], "1", folder),
            start([folder / "mock", MOCK_PACED, CHUNKS, GAP_MS], "1", folder),
        ]
        try:
            for port, mock in zip((MOCK_WHOLE, MOCK_PACED), mocks, strict=True):
                wait_for(port, mock)
            for _ in range(chosen.repeats):
                for row in ROWS:
                    measure(row, folder, mocks, chosen.seconds)
        finally:
            for mock in mocks:
                mock.kill()
                mock.wait()
    print(report(ROWS))
    if chosen.save:
        facts = {"python": platform.python_version(), "machine": platform.machine(), "cores": os.cpu_count()}
        rows = [{"name": row.name, "stream": row.stream, "samples": row.samples} for row in ROWS]
        chosen.save.write_text(json.dumps({"facts": facts, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
