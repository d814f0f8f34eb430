"""The codes of the model: what a small number in a record, a table or a list stands for.  Imports nothing.

Each tuple names what its codes mean, in their order; the constants behind it are the codes.
"""

from __future__ import annotations

# countries: home, then the destinations in the scenario's order
HOME = 0
NOWHERE = -1

# posts of the personnel reserve are no vacancies that one applies for like others
SECTORS = ("extractive", "private", "public", "reserve")
EXTRACTIVE, PRIVATE, PUBLIC, RESERVE = range(4)
NO_SECTOR = -1

NEVER = 30_000  # a month of the run that no run has
UNIT = 4096  # human capital is counted in whole 1/4096, so that sums do not depend on their order

STAGES = ("absent", "student", "job-seeker", "employed", "retired")
ABSENT, STUDENT, JOB_SEEKER, EMPLOYED, RETIRED = range(5)

DEGREES = ("bachelor", "master", "doctorate")

ORIGINS = ("home-educated", "studied abroad", "studied abroad on a scholarship", "foreign specialist")
HOME_EDUCATED, SELF_FUNDED, SCHOLAR, FOREIGN = range(4)

# groups by language, kin or citizenship: 0 is everybody else, others follow in the scenario's order, this many at most
EVERYBODY_ELSE = 0
MOST_GROUPS = 8

# of whom a person's identity (group, month, rank) says that she is one; a destination's students are a group each
GROUP_START, GROUP_COHORT, GROUP_FOREIGN, GROUP_STUDENT = range(4)

PERMITS = ("none", "free entry", "study", "post-study", "work", "settled", "posted")
NO_PERMIT, FREE_ENTRY, STUDY_PERMIT, POST_STUDY, WORK_PERMIT, SETTLED, POSTED = range(7)

# what graduates may owe: years in a region for a grant, years at home for a scholarship, return from a post abroad
OBLIGATIONS = ("service", "scholarship", "posting")
SERVICE, SCHOLARSHIP, POSTING = range(3)
# obligation_month of somebody who owes work at home, or her return, that she has not begun
OWED = -1

# how ties enter utility
LOG_TIES, SHARE = range(2)

# who pays for reforms: nobody, or graduates their share by a tax on their pay
FOR_NOTHING, BY_TAX = range(2)

# how a choice is carried out
PATHS = (
    "stay",
    "renewed permit",
    "job offer",
    "free entry",
    "study place",
    "return with an offer",
    "return",
    "post abroad for a time",
    "place to serve",
    "back to a post",
)
STAY, RENEW, OFFER, FREE, STUDY, RETURN_OFFER, RETURN, POST_ABROAD, SERVE, BACK = range(10)
CLOSED = -1
GONE = 10  # a foreign specialist who leaves, or a candidate who does not come

FLOWS = (
    "emigrants",
    "returns_after_years",
    "returns_within_five_years",
    "returns_through_ties",
    "students_home",
    "students_staying",
    "foreign_arrivals",
    "foreign_departures",
    "onward_moves",
)
EMIGRANT, RETURN_LATE, RETURN_EARLY, RETURN_TIES, STUDENT_HOME, STUDENT_STAYING, ARRIVAL, DEPARTURE, ONWARD = range(9)

EVENTS = (
    "new_graduates",
    "new_students_abroad",
    "students_finished",
    "jobs_ended",
    "new_retirements",
    "service_owed",
    "service_begun",
    "service_met",
    "scholarships_owed",
    "scholarships_begun",
    "scholarships_met",
    "postings_begun",
    "postings_met",
    "reserve_entrants",
    "reserve_appointments",
    "deaths",
    "deaths_in_retirement",
)
NEW_GRADUATE, NEW_STUDENT, STUDENT_FINISHED, JOB_ENDED, RETIREMENT = range(5)
SERVICE_OWED, SERVICE_BEGUN, SERVICE_MET, SCHOLARSHIP_OWED, SCHOLARSHIP_BEGUN, SCHOLARSHIP_MET = range(5, 11)
POSTING_BEGUN, POSTING_MET, RESERVE_ENTRANT, RESERVE_APPOINTMENT = range(11, 15)
DEATH, DEATH_IN_RETIREMENT = range(15, 17)  # the second are among the first
