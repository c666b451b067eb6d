"""Every table of the house, gathered so that migrations and checks see them all."""

import channels.models
import channels.pictures
import service.broadcasts.models
import service.complaints.models
import service.contracts.models
import service.conversations.models
import service.delivery.models
import service.difficulty.models
import service.evaluation.models
import service.identification.models
import service.organizations.models
import service.preparation.models
import service.procurement.models
import service.reminders.models
import tenants.audit
import tenants.counters
import tenants.files
import tenants.models
import tenants.states
from tenants.database import db

metadata = db.metadata
