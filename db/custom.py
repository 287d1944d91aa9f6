"""What people add to a register without code: fields of their own, saved views, export profiles."""

from typing import Any

from sqlalchemy import JSON, UniqueConstraint, or_, select
from sqlmodel import Field, SQLModel

from db.errors import Refused
from db.fields import FieldSpec, Option, choice, flag, option, text
from db.record import Record
from db.register import REGISTERS
from db.words import N_
from db.work import Work, command, query

KIND_OPTIONS = (
    option("text", N_("Text"), "文本"),
    option("long", N_("Long text"), "长文本"),
    option("number", N_("Number"), "数字"),
    option("day", N_("Date"), "日期"),
    option("choice", N_("One choice"), "单选"),
    option("choices", N_("Several choices"), "多选"),
    option("yes_no", N_("Yes or no"), "是否"),
)


class CustomField(Record, table=True):
    """A field that an administrator added to a register. Its values are in `extra` of each record."""

    __tablename__ = "custom_field"
    __table_args__ = (UniqueConstraint("ledger", "key"),)

    ledger: str = Field(index=True)
    key: str = ""
    label: str = text(N_("Label"), required=True, longest=40)
    kind: str = choice(N_("Kind"), KIND_OPTIONS, required=True, default="text")
    options: str = text(N_("Choices, one per line"), long=True)
    required: bool = flag(N_("Must be filled in"))
    sensitive: bool = flag(N_("Sensitive: masked until revealed"))
    in_list: bool = flag(N_("Shown in the list"))
    position: int = Field(default=0)
    closed: bool = flag(N_("No longer used"))

    def spec(self) -> FieldSpec:
        choices = tuple(
            Option(line.strip(), line.strip()) for line in self.options.splitlines() if line.strip()
        )
        return FieldSpec(
            self.label,
            self.kind,
            required=self.required,
            sensitivity="health" if self.sensitive else "open",
            headings=(self.label,),
            longest=4000 if self.kind == "long" else 200,
            options=choices,
            custom=True,
            in_list=self.in_list,
        )


def custom_specs(work: Work, register: str) -> dict[str, FieldSpec]:
    """The custom fields of a register by key, in their order."""
    known: dict[str, FieldSpec] | None = work.known.get(("custom", register))
    if known is not None:
        return known
    rows = work.session.execute(
        select(CustomField)
        .where(CustomField.ledger == register, CustomField.closed.is_(False))  # type: ignore[arg-type, attr-defined]
        .order_by(CustomField.position, CustomField.id)  # type: ignore[arg-type]
    ).scalars()
    found = work.known[("custom", register)] = {row.key: row.spec() for row in rows}
    return found


@query("settings.edit")
def custom_fields(work: Work, *, register: str) -> list[dict[str, Any]]:
    """The custom fields of a register with everything an administrator may change."""
    rows = work.session.execute(
        select(CustomField)
        .where(CustomField.ledger == register)  # type: ignore[arg-type]
        .order_by(CustomField.position, CustomField.id)  # type: ignore[arg-type]
    ).scalars()
    return [row.model_dump() for row in rows]


@command("settings.edit")
def add_custom_field(
    work: Work, *, register: str, label: str, kind: str, options: str = "", required: bool = False,
    sensitive: bool = False, in_list: bool = False,
) -> str:  # fmt: skip
    """Add a field to a register and return its key.

    Refused `custom.label` (empty or taken), `custom.kind`, `custom.options` (a choice without choices),
    `custom.sensitive_list` (a sensitive field is not for lists).
    """
    label = label.strip()
    specs = custom_specs(work, register)
    if register not in REGISTERS:
        raise Refused("register.unknown", register=register)
    taken = {spec.label for spec in specs.values()} | {
        spec.label for spec in REGISTERS[register].specs.values()
    }
    if not label or label in taken:
        raise Refused("custom.label", label=label)
    if kind not in {one.code for one in KIND_OPTIONS}:
        raise Refused("custom.kind")
    if kind in ("choice", "choices") and len([line for line in options.splitlines() if line.strip()]) < 2:
        raise Refused("custom.options")
    if sensitive and in_list:
        raise Refused("custom.sensitive_list")
    count = len(
        work.session.execute(select(CustomField.id).where(CustomField.ledger == register)).all()  # type: ignore[call-overload]
    )
    row = CustomField(
        ledger=register, key=f"x{count + 1}", label=label, kind=kind, options=options.strip(),
        required=required, sensitive=sensitive, in_list=in_list, position=count + 1,
    )  # fmt: skip
    work.session.add(row)
    work.session.flush()
    work.log("custom_field", row.id, label, {"kind": (None, kind)})
    work.touch(f"register.{register}")
    return row.key


@command("settings.edit")
def change_custom_field(
    work: Work, *, field_id: int, label: str, options: str = "", required: bool = False, in_list: bool = False,
    closed: bool = False,
) -> None:  # fmt: skip
    """Change what can be changed without touching values: the kind and the sensitivity stay as they are."""
    row = work.session.get(CustomField, field_id)
    if row is None:
        raise Refused("record.not_found")
    if row.sensitive and in_list:
        raise Refused("custom.sensitive_list")
    before = row.model_dump()
    row.label, row.options, row.required = label.strip() or row.label, options.strip(), required
    row.in_list, row.closed = in_list, closed
    changed = {name: (before[name], new) for name, new in row.model_dump().items() if before[name] != new}
    if changed:
        work.session.add(row)
        work.log("custom_field", row.id, row.label, changed)
        work.touch(f"register.{row.ledger}")


class SavedView(SQLModel, table=True):
    """A search with its filters and order, under a name. Private, or shared with everybody who sees the register."""

    __tablename__ = "saved_view"

    id: int | None = Field(default=None, primary_key=True)
    ledger: str = Field(index=True)
    name: str
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, nullable=False)
    account_id: int
    shared: bool = False
    closed: bool = False


@query("me.view")
def saved_views(work: Work, *, register: str) -> list[dict[str, Any]]:
    """The viewer's own views of a register and the shared ones: id, name, params, shared, own."""
    rows = work.session.execute(
        select(SavedView)
        .where(
            SavedView.ledger == register,  # type: ignore[arg-type]
            SavedView.closed.is_(False),  # type: ignore[attr-defined]
            or_(SavedView.shared.is_(True), SavedView.account_id == work.viewer.account_id),  # type: ignore[attr-defined, arg-type]
        )
        .order_by(SavedView.name)
    ).scalars()
    mine = work.viewer.account_id
    return [
        {
            "id": row.id,
            "name": row.name,
            "params": row.params,
            "shared": row.shared,
            "own": row.account_id == mine,
        }
        for row in rows
    ]


@command("me.view")
def save_view(work: Work, *, register: str, name: str, params: dict[str, Any], shared: bool = False) -> int:
    """Keep a search under a name; saving under the same name again replaces it.

    Refused `view.name`, `view.share` (sharing needs its own right).
    """
    name = name.strip()[:60]
    if not name:
        raise Refused("view.name")
    if shared and not work.viewer.can("view.share"):
        raise Refused("view.share")
    row = work.session.execute(
        select(SavedView).where(
            SavedView.ledger == register,  # type: ignore[arg-type]
            SavedView.name == name,  # type: ignore[arg-type]
            SavedView.account_id == work.viewer.account_id,  # type: ignore[arg-type]
        )
    ).scalar() or SavedView(ledger=register, name=name, account_id=work.viewer.account_id or 0)
    row.params, row.shared, row.closed = params, shared, False
    work.session.add(row)
    work.session.flush()
    work.log("saved_view", row.id, name, {"shared": (None, shared)})
    return row.id or 0


@command("me.view")
def drop_view(work: Work, *, view_id: int) -> None:
    """Put one's own view away."""
    row = work.session.get(SavedView, view_id)
    if row is None or row.account_id != work.viewer.account_id:
        raise Refused("record.not_found")
    row.closed = True
    work.session.add(row)
    work.log("saved_view", row.id, row.name, {"closed": (False, True)})


class ExportProfile(SQLModel, table=True):
    """How one office wants a ledger: which columns in which order under which headings, masked how."""

    __tablename__ = "export_profile"

    id: int | None = Field(default=None, primary_key=True)
    ledger: str = Field(index=True)
    name: str
    columns: list[dict[str, str]] = Field(
        default_factory=list, sa_type=JSON, nullable=False
    )  # field, heading, mask
    account_id: int | None = None
    shared: bool = True
    closed: bool = False
