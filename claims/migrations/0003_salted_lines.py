"""Lines of the record get a salt, and hashes over commitments instead of over the values themselves.

Nothing outside vouches for the lines written so far, for no head was ever signed: they are chained
anew, once, after the chain as it stood has been followed from end to end.
"""

import hashlib
import hmac
import json
import secrets

from django.db import migrations, models

GENESIS = "0" * 64


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content):
    return hashlib.sha256(content).hexdigest()


def plain(event):
    """What both forms of a line share."""
    return {
        "case": str(event.case_id),
        "sequence": event.sequence,
        "actor": event.actor,
        "action": event.action,
        "subject": event.subject,
        "previous_hash": event.previous_hash,
    }


def hash_before(event):
    return digest(canonical({**plain(event), "at": event.at.isoformat(), "details": event.details}))


def hash_after(event):
    def commitment(name, value):
        salt = hmac.digest(bytes.fromhex(event.salt), name.encode(), "sha256")
        return digest(salt + canonical(value))

    hour = event.at.replace(minute=0, second=0, microsecond=0).isoformat()
    details = {name: commitment(name, value) for name, value in event.details.items()}
    at = commitment("at", event.at.isoformat())
    return digest(canonical({**plain(event), "hour": hour, "at": at, "details": details}))


def chain_anew(apps, schema_editor):
    events = apps.get_model("claims", "CustodyEvent").objects.using(schema_editor.connection.alias)
    case, before, after, sequence = None, GENESIS, GENESIS, 0
    for event in events.order_by("case", "sequence").iterator(chunk_size=500):
        if event.case_id != case:
            case, before, after, sequence = event.case_id, GENESIS, GENESIS, 0
        sequence += 1
        if (event.sequence, event.previous_hash, event.hash) != (sequence, before, hash_before(event)):
            raise ValueError(f"The record of case {case} is broken at line {event.sequence}: look into it first.")
        before = event.hash
        event.salt, event.previous_hash = secrets.token_hex(16), after
        event.hash = after = hash_after(event)
        event.save(update_fields=["salt", "previous_hash", "hash"])


class Migration(migrations.Migration):
    dependencies = [("claims", "0002_whole_intervals_and_places")]

    operations = [
        migrations.AddField("custodyevent", "salt", models.CharField(default="", max_length=32), preserve_default=False),
        migrations.RunPython(chain_anew, migrations.RunPython.noop),
    ]
