"""What an import has to say about rows and files: sentences by code."""

from db.fields import PROBLEMS
from db.words import N_
from db.workbook.reading import MESSAGES as FILES
from db.workbook.reading import NOTES

REMARKS: dict[str, str] = {
    **PROBLEMS,
    "import.place_missing": N_("There is no building {building} yet. Tick it to have it made, or correct the address."),
    "import.grid_missing": N_("There is no grid “{value}” yet. Tick it to have it made, or correct the cell."),
    "import.no_place": N_("It is not said where this person lives. Fill in the address, the building or the grid."),
    "import.outside": N_("This place lies outside your areas. Leave the row to whoever is responsible there."),
    "import.registered_elsewhere": N_("Somebody in another area is registered with this ID number. Ask an administrator to look at both."),
    "import.place_several": N_("There are several buildings {building}. Name the grid or the community as well."),
    "import.parent_needed": N_("Choose the area in which the new place lies."),
    "import.grid_differs": N_("The building lies in {grid}, not in “{value}”. The building was believed."),
    "import.room_without_building": N_("A room without a building: it is not known which home this is. Fill in the building."),
    "import.building_differs": N_("The column of the building says “{building}”, the address “{value}”. Neither is believed: correct one of them."),
    "import.address_differs": N_("The address “{value}” names another home than the columns of building and room. The columns were believed."),
    "import.several_match": N_("Several registered people may be this one. Choose which."),
    "import.birth_date_differs": N_("Somebody with this name is registered here with another date of birth. Choose whether it is the same person."),
    "import.number_differs": N_("Somebody with this name and home is registered with another ID number. Choose whether it is the same person."),
    "import.name_differs": N_("The person with this ID number is registered as {name}. Compare with the document."),
    "import.was_gone": N_("This person is registered as moved out or died. The status stays unless the ledger has a column for it."),
    "import.twice": N_("The same person stands in row {row} already. Keep one of the rows."),
    "import.same_record": N_("Row {row} concerns the same record already. Keep one of the rows."),
    "import.skipped": N_("Left out by your choice."),
    "import.number_left_out": N_("Registered without the ID number, as you chose."),
    "import.group_unknown": N_("There is no group “{value}”. Use its name, or have an administrator add the word to a group."),
    "import.group_degree": N_("“{value}”: the group was taken, the degree or words beside it are kept nowhere. Add them to the remarks."),
    "import.not_elderly": N_("Under 60: “lives alone” was taken, the group “{group}” is for elders."),
    "import.note_says_left": N_("The remark says “{value}”: look whether this person still lives here, and set the status."),
    "import.stair_noted": N_("No room is named: the building was taken, “{value}” is kept in the remarks."),
    "import.same_building": N_("Somebody with this name is registered in the same building. Choose whether it is the same person."),
    "import.home_several": N_("There are several households in this home; the first was taken. Fill in the household number."),
    "import.closed": N_("The record with these details is closed and was left as it is."),
    "import.record_refused": N_("The register refuses this row."),
    "field.not_found": N_("There is no “{value}”. Use its name or its code."),
    "field.several_found": N_("There are several called “{value}”. Use the code."),
}  # fmt: skip

REFUSALS: dict[str, str] = {
    **FILES,
    **NOTES,
    "import.column_unknown": N_("One of the chosen fields no longer exists. Look at the columns again."),
    "import.column_twice": N_("Two columns are meant to be “{field}”. Keep one of them."),
    "import.column_missing": N_("These fields need a column: {fields}."),
    "import.nothing": N_("There is nothing to bring in: no row is new or changed."),
    "import.stale": N_("Somebody changed something since the dry run: {count} rows come out differently now (row {rows}). Look at the new result before going on."),
    "import.edited": N_("{count} records of this import were edited since, so it cannot be undone as a whole: {names}."),
    "import.undone": N_("This import was undone already."),
    "import.not_yours": N_("Only whoever imported this file or an administrator can undo it."),
    "import.gone": N_("The file is no longer in memory. Please choose it again."),
    "import.not_importable": N_("Nothing can be imported into this register."),
    "import.no_right_to_create": N_("Only those who may add areas can have missing places made. Ask an administrator."),
    "import.row_refused": N_("Row {row} cannot be saved, so nothing was. Correct it and try again."),
}  # fmt: skip

OUTCOME_LABELS: dict[str, str] = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "unchanged": N_("Unchanged"),
    "doubtful": N_("Doubtful"),
    "refused": N_("Refused"),
}

LEGEND: dict[str, str] = {
    "new": N_("New"),
    "changed": N_("Changed"),
    "doubtful": N_("Please look"),
    "refused": N_("Refused"),
}
