"""Every table, so that migrations, backup and the check of the database know them all."""

import db.activities.attending
import db.activities.need_tables
import db.activities.needs
import db.activities.needs_rows
import db.activities.needs_turned
import db.activities.signing_up
import db.activities.tables
import db.audit
import db.care.calls
import db.care.drafts
import db.care.due
import db.care.rules
import db.care.sheets
import db.care.tables
import db.care.visits
import db.changes
import db.custom
import db.identity
import db.importing.tables
import db.insight.counts
import db.insight.loads
import db.insight.past
import db.people.in_areas
import db.people.tables
import db.people.telephoning
import db.places
import db.system.channels
import db.system.jobs
import db.system.messages
import db.system.throttle
import db.territory.areas
import db.territory.hulls
import db.territory.posts
import db.volunteers.helping
import db.volunteers.tables
import db.volunteers.telling  # noqa: F401
