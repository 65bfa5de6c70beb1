"""One run of one row: its driver does the job, and the sink says what arrived."""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

from benchmarks.environments import environment, python
from benchmarks.peers.job import Job

if TYPE_CHECKING:
    from benchmarks.delivery import Setting
    from benchmarks.rows import Row
    from benchmarks.sink import Sink, Stats

#: Seconds; nothing takes as long.
_TIMEOUT: Final = 120
_MODES: Final = {"rate": "throughput"}

#: What one run gave, as it is kept in the file of results.
Run = dict[str, Any]


def run(row: Row, setting: Setting, sink: Sink, *, part: float = 1.0, fields: int = 8) -> Run:
    """Do it, with that part of the row's records."""
    job = _job(row, setting, sink, part, fields)
    sink.delay(setting.delay)
    command = [str(python(row.environment)), "-m", f"benchmarks.peers.{row.driver}"]
    try:
        done = subprocess.run(
            [*command, json.dumps(asdict(job))],
            env=environment(_aws(job, sink)),
            capture_output=True,
            text=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"fault": f"not through after {_TIMEOUT} s", "count": job.count}
    if done.returncode != 0:
        last = done.stderr.strip().rpartition("\n")[2]
        return {"fault": f"{row.driver} failed: {last}", "count": job.count}
    return _judged(json.loads(done.stdout), sink.stats(), job)


def _job(row: Row, setting: Setting, sink: Sink, part: float, fields: int) -> Job:
    return Job(
        endpoint=sink.tls if setting.tls else sink.plain,
        control=sink.plain,
        mode=_MODES.get(setting.kind, setting.kind),
        load=setting.load,
        count=max(1000, int(row.count(setting.load) * part)),
        fields=fields,
        way=row.way,
    )


def _aws(job: Job, sink: Sink) -> dict[str, str]:
    """Whatever a library does not let us tell it, boto3's environment does."""
    return {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_KINESIS": job.endpoint,
        "AWS_CA_BUNDLE": str(sink.authority),
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _judged(taken: Run, stats: Stats, job: Job) -> Run:
    """With what the sink saw; a run in which not every record arrived once is void."""
    lost = job.count - stats.times
    fault = f"{lost:,} missing" if job.mode == "latency" and lost else ""
    if job.mode != "latency":
        fault = stats.fault(job.count)
    seen = {
        "wire": stats.bytes,
        "requests": stats.requests,
        "entries": stats.entries,
        "sink_cpu": stats.cpu,
        "p50": stats.p50,
        "p99": stats.p99,
    }
    return {**taken, **seen, "count": job.count, "fault": fault}
