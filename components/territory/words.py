"""What the territory room says when it will not do something."""

from components.words import register_sentences
from db.territory.geojson import MESSAGES
from db.words import N_

register_sentences(
    {
        "area.not_found": N_("There is no such area, or it lies outside your areas."),
        "area.name_needed": N_("Write a name, or several such as 1-24栋."),
        "area.no_number": N_(
            "“{name}” has no building number. Write it as on the door: 12栋, 甲3栋 or 1-12栋."
        ),
        "area.name_long": N_("The name is too long: up to {limit} characters."),
        "area.name_taken": N_("Already there: {names}. Choose other names, or open the closed area again."),
        "area.code_taken": N_("The code {area_code} belongs to {name}. Each code is used once."),
        "area.size": N_("Write up to {stairs} stairs and {floors} floors."),
        "area.range": N_("{text} runs backwards. Write the smaller number first."),
        "area.too_many": N_("Up to {limit} areas are added at once. Add the rest afterwards."),
        "area.level_order": N_("{level} cannot lie in {parent}. Choose an area of a higher level."),
        "area.parent_closed": N_("{parent} is closed. Open it first, or choose another place."),
        "area.parent_needed": N_(
            "Nothing says where this new area lies. Choose the area that it is added to."
        ),
        "area.cycle": N_("{parent} lies in {name} itself. Choose a place outside it."),
        "area.closed": N_("{name} is closed. Open it again first."),
        "area.open": N_("{name} is open already."),
        "area.in_use": N_(
            "{name} cannot be closed yet: {areas} open areas lie in it and {people} people live there. "
            "Move them first."
        ),
        "shape.unusable": N_("This shape cannot be used."),
        "level.unknown": N_("There is no level {level}. Choose one of the list."),
        "level.label": N_("Give the level a name of up to 20 characters that no other level has."),
        "level.role": N_("There is no such role."),
        "level.order": N_("{name} lies in {parent}, so its level must stay below. Move the area first."),
        "level.in_use": N_("{label} is used by areas, so it stays."),
        "post.dates": N_("The last day lies before the first. Check both."),
        "post.taken": N_(
            "{holder} holds {area} in this role since {since}. Open that post and hand it over, "
            "or choose days that do not overlap."
        ),
        "post.handover_day": N_("The handover must lie after {since}, the first day of the one before."),
        "post.same_holder": N_("{holder} holds it already. Write who takes over."),
        **{code: text for code, text in MESSAGES.items() if code.startswith("geojson.")},
    }
)

ROLES = {
    "grid_worker": N_("Grid worker"),
    "block_lead": N_("Block lead"),
    "building_lead": N_("Building lead"),
}
