"""What an import costs, as a ratio to merely reading the file and writing its rows with plain SQL.

    python -m tests.bench.importing_scenario            12,000 rows: times; 50,000 rows: memory
    python -m tests.bench.importing_scenario 3000       other numbers of rows

Everything is measured in one run on one machine. The plain way reads with calamine and writes the same
people and homes into the same tables, with the same indexes, with executemany: nothing parsed, checked,
sealed, found or recorded. Two ratios are told: to that, and to plain writing that also fills the search
index (`find_key`), without which nobody written is found. Its keys are made beforehand: only their
writing counts.

Memory is told for the first import, for the same file once more in a process of its own, and for both in
one process: the most that the process ever had.

The times are elapsed times, and in brackets processor time with that of the reading process, which says
more on a machine that does other things as well.
"""

import gc
import io
import json
import os
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import python_calamine
import xlsxwriter

HEADINGS = (
    "序号", "姓名", "身份证号", "性别", "出生日期", "联系电话", "现住小区/建筑", "门牌", "所属网格", "与户主关系", "人员类型",
    "重点类别", "户籍地址", "户号", "人户分离", "民族", "政治面貌", "婚姻", "文化程度", "工作单位", "健康", "备注",
)  # fmt: skip
FAMILY_NAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜"
GIVEN = "秀英桂兰建国志强晓燕玉梅海涛文静春花国栋淑珍德明美玲长河云飞雪松"
BUILDINGS, GRIDS = 158, 12


def people(count: int, seed: int = 7) -> list[tuple[Any, ...]]:
    """Rows of an invented ledger, the same for the same seed."""
    from db import parsing

    dice = random.Random(seed)
    rows: list[tuple[Any, ...]] = []
    for number in range(count):
        home = number // 2.4
        building = int(home) % BUILDINGS + 1
        flat = int(home) // BUILDINGS
        born = date(1935, 1, 1) + timedelta(days=dice.randrange(29000))
        sequence = dice.randrange(1000)
        name = dice.choice(FAMILY_NAMES) + "".join(dice.sample(GIVEN, dice.choice((1, 2, 2))))
        rows.append(
            (
                number + 1, name, parsing.make_id(f"3201{number % 90 + 10}", born, sequence),
                "男" if sequence % 2 else "女", f"{born.year}.{born.month}.{born.day}",
                f"13{dice.randrange(10**9):09}", f"红星小区{building}栋", f"{flat % 4 + 1}单元{flat // 4 % 6 + 1}{flat // 24 + 1:02}",
                f"第{(building - 1) * GRIDS // BUILDINGS + 1}网格", dice.choice(("户主", "配偶", "长子", "女儿", "其他")),
                dice.choice(("常住", "流动")), dice.choice(("", "", "", "", "独居", "残疾人、低保")),
                f"某某市某某区某某路{dice.randrange(900)}号", f"H{int(home):05}", "否", "汉族", dice.choice(("群众", "中共党员")),
                dice.choice(("已婚", "未婚", "丧偶")), dice.choice(("初中", "高中", "本科")), f"红星机械厂{dice.randrange(9)}车间",
                dice.choice(("良好", "高血压", "")), dice.choice(("", "", "每周有人探望")),
            )
        )  # fmt: skip
    return rows


def workbook(rows: Sequence[Sequence[Any]]) -> bytes:
    """The ledger as .xlsx."""
    buffer = io.BytesIO()
    with xlsxwriter.Workbook(buffer, {"constant_memory": True}) as book:
        sheet = book.add_worksheet("台账")
        sheet.write_row(0, 0, ("红星社区居民信息台账",))
        sheet.write_row(1, 0, HEADINGS)
        for number, row in enumerate(rows, start=2):
            sheet.write_row(number, 0, row)
    return buffer.getvalue()


def plainly(data: bytes, folder: Path) -> dict[str, float]:
    """Read with calamine, write people and homes with plain SQL into tables like the real ones: seconds for each.

    Nothing is parsed, checked, sealed, found again or recorded. `keys` writes the search index besides,
    in the order of the table. The same with " cpu" is processor time.
    """
    from db import migrations, parsing
    from db.people import finding
    from db.people.tables import Resident

    started, used = time.perf_counter(), cpu()
    rows = python_calamine.load_workbook(io.BytesIO(data)).get_sheet_by_index(0).to_python()[2:]
    read, read_cpu = time.perf_counter() - started, cpu() - used
    people = [
        {
            "version": 1, "made_at": "2026-11-23", "changed_at": "2026-11-23", "extra": "{}", "name": row[1],
            "id_number": row[2], "sex": row[3], "born": row[4], "phone": row[5], "household_id": number // 2 + 1,
            "relation": row[9], "stay": row[10], "registered_at": row[12], "ethnic": row[15], "party": row[16],
            "marriage": row[17], "school": row[18], "employer": row[19], "health": row[20], "note": row[21],
            "in_care": 0, "place": f"{row[6]}{row[7]}", "area_path": row[6], "address": f"{row[6]}{row[7]}",
            "name_key": row[1], "initials": row[1], "born_key": row[4], "status": "resident",
        }
        for number, row in enumerate(rows)
    ]  # fmt: skip
    names = [column.name for column in Resident.__table__.c if column.name != "id"]  # type: ignore[attr-defined]
    values = [tuple(person.get(name, "") for name in names) for person in people]
    homes = [
        (1, "2026-11-23", "2026-11-23", "{}", 1, "1", "101", "", "", row[6] + row[7], row[6], row[7])
        for row in rows[::2]
    ]
    keys = sorted(
        (token, f"{row[6]}{row[7]}", number)
        for number, row in enumerate(rows, start=1)
        for token in finding.tokens(row[1], parsing.initials(row[1]), row[2], row[5])
    )
    file = folder / "plain.db"
    migrations.upgrade(f"sqlite:///{file}")
    connection = sqlite3.connect(file)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA cache_size = -65536")
    started, used = time.perf_counter(), cpu()
    connection.executemany(
        "INSERT INTO household (version, made_at, changed_at, extra, area_id, stair, room, number, note, place, area_path, address)"
        f" VALUES ({', '.join('?' * 12)})",
        homes,
    )
    connection.executemany(
        f"INSERT INTO resident ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})", values
    )
    connection.commit()
    written, written_cpu = time.perf_counter() - started, cpu() - used
    started, used = time.perf_counter(), cpu()
    connection.executemany("INSERT INTO find_key (token, place, resident_id) VALUES (?, ?, ?)", keys)
    connection.commit()
    found, found_cpu = time.perf_counter() - started, cpu() - used
    connection.close()
    return {
        "read": read, "write": written, "keys": found,
        "read cpu": read_cpu, "write cpu": written_cpu, "keys cpu": found_cpu,
    }  # fmt: skip


def cpu() -> float:
    """Processor seconds of this process and of those it started and waited for."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def community() -> Any:
    """An empty database with the areas of the ledger, and the viewer who imports."""
    from sqlalchemy import func, select

    import db.models  # noqa: F401
    from db import access, migrations, settings, work
    from db.people import groups
    from db.territory import areas
    from db.territory.areas import Level

    migrations.upgrade(settings.read().database_url)
    viewer = access.system()
    with work.unit(viewer, "area.edit", write=True) as unit:
        if not unit.session.execute(select(func.count()).select_from(Level)).scalar_one():
            for position, (code, homes) in enumerate(
                (("community", False), ("grid", False), ("building", True))
            ):
                unit.session.add(Level(code=code, position=position, label=code, holds_homes=homes))
            unit.session.flush()
        root = areas.add(unit, name="红星社区", level="community")
        grids = [
            areas.add(unit, name=f"第{one}网格", level="grid", parent_id=root) for one in range(1, GRIDS + 1)
        ]
        for one in range(BUILDINGS):
            areas.add(unit, name=f"{one + 1}栋", level="building", parent_id=grids[one * GRIDS // BUILDINGS])
        groups.ensure_groups(unit)
    return viewer


def import_it(viewer: Any, data: bytes) -> dict[str, Any]:
    """Dry run and apply: seconds, counts."""
    from db import importing
    from db.people.residents import RESIDENTS

    started, used = time.perf_counter(), cpu()
    upload = importing.opened(data, "台账.xlsx")
    opened = time.perf_counter()
    suggestion = importing.mapping(viewer, RESIDENTS, upload.table)
    proposed = time.perf_counter()
    plan = importing.plan(viewer, RESIDENTS, upload, suggestion.columns)
    planned, planned_cpu = time.perf_counter(), cpu()
    done = importing.apply(viewer, plan)
    applied = time.perf_counter()
    return {
        "open": opened - started, "propose": proposed - opened, "plan": planned - proposed,
        "dry run": planned - started, "apply": applied - planned,
        "dry run cpu": planned_cpu - used, "apply cpu": cpu() - planned_cpu, "counts": plan.counts, "import_id": done.import_id,
    }  # fmt: skip


def memory() -> float:
    """The most memory that this process ever had, in MB, mapped pages of the database file included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(count: int) -> dict[str, Any]:
    """One run in a database of its own: the first import, and the same file once more in a new process and in this."""
    with tempfile.TemporaryDirectory(prefix="linli-bench-") as name:
        folder = Path(name)
        os.environ.update(LINLI_DATA_DIR=name, LINLI_DATABASE_URL=f"sqlite:///{folder / 'linli.db'}")
        file = folder / "ledger.xlsx"
        subprocess.run(
            [sys.executable, "-c", f"from tests.bench.importing_scenario import *; Path({str(file)!r}).write_bytes(workbook(people({count})))"],
            check=True,
        )  # fmt: skip
        viewer = community()
        before = settled()
        data = file.read_bytes()
        plain = plainly(data, folder) if count <= 20_000 else {}
        first = import_it(viewer, data)
        after_first = memory()
        again = _in_own_process(str(count), "--again", str(file))
        import_it(viewer, data)
        return {
            "rows": count, "plain": plain, "first": first, "again": again["again"], "before": before,
            "memory": after_first, "memory again": again["memory"], "memory both": memory(),
        }  # fmt: skip


def once_more(file: Path) -> dict[str, Any]:
    """The same file into the same database, in a process that has imported nothing yet."""
    import db.models  # noqa: F401
    from db import access

    settled()
    return {"again": import_it(access.system(), file.read_bytes()), "memory": memory()}


def settled() -> float:
    """Load what an import uses and freeze it, as the server does after its start; the memory taken so far in MB."""
    from db import importing, parsing  # noqa: F401
    from db.people import residents  # noqa: F401

    parsing.initials("张")
    gc.collect()
    gc.freeze()
    return memory()


def _in_own_process(*arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.importing_scenario", *arguments]
    found: dict[str, Any] = json.loads(
        subprocess.run(command, check=True, capture_output=True, text=True).stdout
    )
    return found


def run(numbers: Sequence[int] = (12_000, 50_000)) -> tuple[str, dict[str, Any]]:
    """Measure each number of rows in a process of its own; the ratios in words, and the figures."""
    lines: list[str] = []
    figures: dict[str, Any] = {}
    for count in numbers:
        result = _in_own_process(str(count), "--here")
        figures[str(count)] = result
        lines += _lines(result)
    return "\n".join(lines), figures


def _lines(result: dict[str, Any]) -> list[str]:
    plain = result["plain"]
    lines = [f"{result['rows']} rows: {result['first']['counts']}"]
    for title, one in (("first import", result["first"]), ("the same again", result["again"])):
        for step in ("dry run", "apply"):
            ratios = ""
            if plain:
                bare, full = (
                    [sum(plain[part + unit] for part in parts) for unit in ("", " cpu")]
                    for parts in (("read", "write"), ("read", "write", "keys"))
                )
                took = one[step], one[f"{step} cpu"]
                ratios = (
                    f" = {took[0] / bare[0]:.2f} ({took[1] / bare[1]:.2f}) × plain {bare[0]:.2f} s ({bare[1]:.2f})"
                    f" = {took[0] / full[0]:.2f} ({took[1] / full[1]:.2f}) × plain with search index"
                    f" {full[0]:.2f} s ({full[1]:.2f})"
                )
            lines.append(f"  {title}, {step}: {one[step]:.2f} s ({one[f'{step} cpu']:.2f}){ratios}")
    lines.append(
        f"  memory at most: {result['memory']:.0f} MB (before {result['before']:.0f}), "
        f"the same again {result['memory again']:.0f} MB, both in one process {result['memory both']:.0f} MB"
    )
    return lines


def main() -> None:
    """Print the ratios; with `--here` measure in this process and print figures, with `--again` the second import."""
    numbers = [int(one) for one in sys.argv[1:] if one.isdigit()] or [12_000, 50_000]
    if "--again" in sys.argv:
        print(json.dumps(once_more(Path(sys.argv[-1])), ensure_ascii=False))
    elif "--here" in sys.argv:
        print(json.dumps(measure(numbers[0]), ensure_ascii=False))
    else:
        print(run(numbers)[0])


if __name__ == "__main__":
    main()
