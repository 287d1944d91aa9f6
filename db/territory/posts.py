"""Posts: who holds which area, in which role, from when to when, with a deputy."""

from datetime import date

from sqlmodel import Field

from db.engine import BYTEWISE
from db.fields import choice, day, option, ref, sealed, text
from db.record import Record
from db.words import N_

ROLE_OPTIONS = (
    option("grid_worker", N_("Grid worker"), "网格员", "网格长"),
    option("block_lead", N_("Block lead"), "片长"),
    option("building_lead", N_("Building lead"), "楼长", "楼栋长", "单元长"),
)


class Post(Record, table=True):
    """One person's responsibility for one area. A post that ended stays as history."""

    area_id: int = ref(N_("Area"), "area.id", required=True, nullable=False)
    area_path: str = Field(default="", sa_type=BYTEWISE, index=True)  # type: ignore[call-overload]
    role: str = choice(N_("Role"), ROLE_OPTIONS, required=True, default="building_lead", index=True,
                       headings=("职务", "角色", "岗位"))  # fmt: skip
    holder: str = text(
        N_("Holder"), required=True, longest=40, headings=("姓名", "负责人", "网格员", "楼长", "楼栋长")
    )
    holder_key: str = Field(
        default="", index=True
    )  # the same person across posts: account, else resident, else name
    account_id: int | None = ref(N_("Account"), "account.id")
    resident_id: int | None = Field(default=None, index=True)
    phone: str | None = sealed("post.phone", N_("Telephone"), "phone", sensitivity="contact",
                               headings=("联系电话", "电话", "手机"))  # fmt: skip
    deputy: str = text(N_("Deputy"), longest=40, headings=("副手", "代理人", "替班"))
    since: date | None = day(N_("From"), required=True, index=True, headings=("开始日期", "任职日期"))
    until: date | None = day(N_("Until"), index=True, headings=("结束日期", "离任日期"))
    note: str = text(N_("Note"), long=True, headings=("备注",))
