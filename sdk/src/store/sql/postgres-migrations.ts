import type { Migration } from './migrations.ts';

/**
 * The schema on PostgreSQL, step for step that of SQLite. Text is compared byte by byte, so that no locale of the
 * database decides whose name is whose. Every key starts with the connection: the tables can be distributed by it.
 */
export const POSTGRES_MIGRATIONS: readonly Migration[] = [
  {
    name: '0001-connections-and-resources',
    statements: [
      `CREATE TABLE {p}connections (
        connection_id TEXT COLLATE "C" PRIMARY KEY,
        customer_id TEXT COLLATE "C" NOT NULL CHECK (customer_id <> ''),
        display_name TEXT COLLATE "C",
        provider TEXT COLLATE "C",
        status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'paused')),
        guard TEXT COLLATE "C" NOT NULL CHECK (guard IN ('hold', 'notify', 'off')),
        profile TEXT COLLATE "C" NOT NULL CHECK (profile IN ('compat', 'strict')),
        mapping JSON,
        created_at BIGINT NOT NULL,
        event_position BIGINT NOT NULL DEFAULT 0
      )`,
      `CREATE INDEX {p}connections_customer ON {p}connections (customer_id, connection_id)`,
      `CREATE TABLE {p}leniencies (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        name TEXT COLLATE "C" NOT NULL,
        count BIGINT NOT NULL,
        last_used_at BIGINT NOT NULL,
        PRIMARY KEY (connection_id, name)
      )`,
      `CREATE TABLE {p}api_keys (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        key_id TEXT COLLATE "C" NOT NULL,
        digest TEXT COLLATE "C" NOT NULL,
        pepper_id TEXT COLLATE "C",
        last_four TEXT COLLATE "C" NOT NULL,
        created_at BIGINT NOT NULL,
        created_by TEXT COLLATE "C",
        expires_at BIGINT,
        retires_at BIGINT,
        revoked_at BIGINT,
        last_used_at BIGINT,
        sequence BIGINT NOT NULL,
        PRIMARY KEY (connection_id, key_id)
      )`,
      // The one look-up that starts from no connection. Not unique: that would be a promise across customers.
      `CREATE INDEX {p}api_keys_id ON {p}api_keys (key_id)`,
      `CREATE UNIQUE INDEX {p}api_keys_connection ON {p}api_keys (connection_id, sequence)`,
      `CREATE TABLE {p}resources (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        id TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        name_key TEXT COLLATE "C",
        external_id TEXT COLLATE "C",
        display_key TEXT COLLATE "C",
        active BIGINT,
        user_id TEXT COLLATE "C",
        version BIGINT NOT NULL,
        created TEXT COLLATE "C" NOT NULL,
        last_modified TEXT COLLATE "C" NOT NULL,
        attributes JSON NOT NULL,
        search JSONB NOT NULL,
        PRIMARY KEY (connection_id, resource_type, id),
        UNIQUE (connection_id, id)
      )`,
      `CREATE UNIQUE INDEX {p}resources_name ON {p}resources (connection_id, resource_type, name_key)`,
      `CREATE INDEX {p}resources_external ON {p}resources (connection_id, resource_type, external_id)`,
      `CREATE INDEX {p}resources_display ON {p}resources (connection_id, resource_type, display_key)`,
      `CREATE INDEX {p}resources_active ON {p}resources (connection_id, resource_type, active)`,
      `CREATE UNIQUE INDEX {p}resources_user ON {p}resources (connection_id, user_id) WHERE user_id IS NOT NULL`,
      `CREATE TABLE {p}indexed_values (
        connection_id TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        attribute TEXT COLLATE "C" NOT NULL,
        value_key TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        is_unique BIGINT NOT NULL,
        PRIMARY KEY (connection_id, resource_type, attribute, value_key, resource_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      )`,
      `CREATE UNIQUE INDEX {p}indexed_values_unique
        ON {p}indexed_values (connection_id, resource_type, attribute, value_key) WHERE is_unique = 1`,
      `CREATE INDEX {p}indexed_values_resource ON {p}indexed_values (connection_id, resource_id)`,
      `CREATE TABLE {p}members (
        connection_id TEXT COLLATE "C" NOT NULL,
        group_id TEXT COLLATE "C" NOT NULL,
        member_id TEXT COLLATE "C" NOT NULL,
        member_type TEXT COLLATE "C" NOT NULL,
        display TEXT COLLATE "C",
        PRIMARY KEY (connection_id, group_id, member_id),
        FOREIGN KEY (connection_id, group_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE,
        FOREIGN KEY (connection_id, member_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      )`,
      `CREATE INDEX {p}members_member ON {p}members (connection_id, member_id, group_id)`,
      `CREATE TABLE {p}events (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        position BIGINT NOT NULL,
        id TEXT COLLATE "C" NOT NULL,
        type TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        resource_version BIGINT NOT NULL,
        occurred_at TEXT COLLATE "C" NOT NULL,
        data JSON NOT NULL,
        PRIMARY KEY (connection_id, position)
      )`,
      `CREATE INDEX {p}events_resource ON {p}events (connection_id, resource_id, position)`,
      `CREATE TABLE {p}audit (
        connection_id TEXT COLLATE "C" NOT NULL,
        audit_id TEXT COLLATE "C" NOT NULL,
        customer_id TEXT COLLATE "C" NOT NULL,
        actor TEXT COLLATE "C",
        action TEXT COLLATE "C" NOT NULL,
        occurred_at BIGINT NOT NULL,
        detail JSON NOT NULL,
        PRIMARY KEY (connection_id, audit_id)
      )`,
      `CREATE INDEX {p}audit_connection ON {p}audit (connection_id, occurred_at)`,
      `CREATE TABLE {p}secrets (
        name TEXT COLLATE "C" PRIMARY KEY,
        secret TEXT COLLATE "C" NOT NULL
      )`,
    ],
  },
  {
    name: '0002-interop-profile',
    statements: [
      `ALTER TABLE {p}connections ADD COLUMN is_interop BIGINT NOT NULL DEFAULT 0 CHECK (is_interop IN (0, 1))`,
    ],
  },
  {
    name: '0003-temporary-keys',
    statements: [
      `ALTER TABLE {p}api_keys
        ADD COLUMN kind TEXT COLLATE "C" NOT NULL DEFAULT 'standard' CHECK (kind IN ('standard', 'temporary'))`,
      `ALTER TABLE {p}api_keys ADD COLUMN purpose TEXT COLLATE "C"`,
    ],
  },
  {
    name: '0004-cascades-by-index',
    statements: [
      // PostgreSQL finds what goes with a deleted resource through the indexes of 0001.
    ],
  },
  {
    name: '0005-shared-rate-limits',
    statements: [
      `CREATE TABLE {p}rate_limits (
        connection_id TEXT COLLATE "C" PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        tokens DOUBLE PRECISION NOT NULL,
        filled_at BIGINT NOT NULL
      )`,
    ],
  },
  {
    name: '0006-pages-by-id',
    statements: [
      // On PostgreSQL the primary key is an index of nothing but ids.
    ],
  },
  {
    name: '0007-documents-by-rowid',
    statements: [
      // PostgreSQL keeps rows apart from the primary key. Nothing reads the events of one resource alone.
      `DROP INDEX {p}events_resource`,
    ],
  },
  {
    name: '0008-policies',
    statements: [`ALTER TABLE {p}connections ADD COLUMN policy JSON NOT NULL DEFAULT '{}'`],
  },
  {
    name: '0009-staged-changes',
    statements: [
      `CREATE TABLE {p}staged_changes (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        staged_id TEXT COLLATE "C" NOT NULL,
        sealed TEXT COLLATE "C" NOT NULL,
        expires_at BIGINT NOT NULL,
        PRIMARY KEY (connection_id, staged_id)
      )`,
      `CREATE INDEX {p}staged_changes_expiry ON {p}staged_changes (connection_id, expires_at)`,
    ],
  },
  {
    name: '0010-delivery',
    statements: [
      // Events of all connections in one order, as runs of events of one connection each. Written behind the
      // commits, by whoever reads in that order.
      `CREATE TABLE {p}event_order (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        first_position BIGINT NOT NULL,
        event_count BIGINT NOT NULL,
        first_sequence BIGINT NOT NULL,
        PRIMARY KEY (connection_id, first_position)
      )`,
      `CREATE INDEX {p}event_order_sequence ON {p}event_order (first_sequence)`,
      `CREATE TABLE {p}event_order_end (name TEXT COLLATE "C" PRIMARY KEY, next_sequence BIGINT NOT NULL)`,
      `INSERT INTO {p}event_order_end (name, next_sequence) VALUES ('all', 1)`,
      `CREATE TABLE {p}consumers (name TEXT COLLATE "C" PRIMARY KEY, created_at BIGINT NOT NULL)`,
      `CREATE TABLE {p}consumer_progress (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        consumer TEXT COLLATE "C" NOT NULL,
        position BIGINT NOT NULL,
        fence BIGINT NOT NULL,
        leased_until BIGINT NOT NULL,
        PRIMARY KEY (connection_id, consumer)
      )`,
      // Events that failed, and those of the same resource that came later. due_at: the first of a resource.
      `CREATE TABLE {p}parked_events (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        consumer TEXT COLLATE "C" NOT NULL,
        position BIGINT NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        attempts BIGINT NOT NULL,
        due_at BIGINT,
        dead_at BIGINT,
        error TEXT COLLATE "C",
        PRIMARY KEY (connection_id, consumer, position)
      )`,
      `CREATE INDEX {p}parked_events_resource ON {p}parked_events (connection_id, consumer, resource_id, position)`,
      `CREATE INDEX {p}parked_events_due ON {p}parked_events (consumer, due_at) WHERE due_at IS NOT NULL`,
      `CREATE INDEX {p}parked_events_dead ON {p}parked_events (consumer, dead_at) WHERE dead_at IS NOT NULL`,
      `CREATE TABLE {p}webhooks (
        webhook_id TEXT COLLATE "C" PRIMARY KEY,
        url TEXT COLLATE "C" NOT NULL,
        status TEXT COLLATE "C" NOT NULL CHECK (status IN ('active', 'paused', 'gone')),
        settings JSON NOT NULL,
        secrets JSON NOT NULL,
        created_at BIGINT NOT NULL
      )`,
    ],
  },
  {
    name: '0011-guard',
    statements: [
      `ALTER TABLE {p}resources ADD COLUMN is_held BIGINT NOT NULL DEFAULT 0`,
      `CREATE TABLE {p}guard_windows (
        connection_id TEXT COLLATE "C" PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        opened_at BIGINT NOT NULL,
        active_users BIGINT NOT NULL,
        passed JSON NOT NULL,
        storm_at BIGINT
      )`,
      `CREATE TABLE {p}held_changes (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        kind TEXT COLLATE "C" NOT NULL CHECK (kind IN ('deactivated', 'deleted', 'membersRemoved')),
        state TEXT COLLATE "C" NOT NULL CHECK (state IN ('waiting', 'releasing', 'rejected')),
        told JSON NOT NULL,
        was_active BIGINT NOT NULL,
        version BIGINT NOT NULL,
        member_of JSON NOT NULL,
        key_id TEXT COLLATE "C",
        held_at BIGINT NOT NULL,
        reviewed_by TEXT COLLATE "C",
        reviewed_at BIGINT,
        failure TEXT COLLATE "C",
        PRIMARY KEY (connection_id, resource_id)
      )`,
      `CREATE INDEX {p}held_changes_state ON {p}held_changes (connection_id, state, held_at, resource_id)`,
      `CREATE INDEX {p}held_changes_releasing ON {p}held_changes (connection_id) WHERE state = 'releasing'`,
      `CREATE TABLE {p}held_members (
        connection_id TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        member_id TEXT COLLATE "C" NOT NULL,
        member_type TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (connection_id, resource_id, member_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}held_changes ON DELETE CASCADE
      )`,
    ],
  },
  {
    name: '0012-roles',
    statements: [
      `CREATE TABLE {p}role_rules (
        connection_id TEXT COLLATE "C" PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        rules JSON NOT NULL
      )`,
      `CREATE TABLE {p}user_roles (
        connection_id TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        roles JSON NOT NULL,
        PRIMARY KEY (connection_id, resource_id),
        FOREIGN KEY (connection_id, resource_id) REFERENCES {p}resources (connection_id, id) ON DELETE CASCADE
      )`,
      `CREATE TABLE {p}walks (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        number BIGINT NOT NULL,
        task JSON NOT NULL,
        after_id TEXT COLLATE "C" NOT NULL DEFAULT '',
        PRIMARY KEY (connection_id, number)
      )`,
    ],
  },
  {
    name: '0013-tombstones',
    statements: [
      `CREATE TABLE {p}tombstones (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        id TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        name_key TEXT COLLATE "C",
        user_id TEXT COLLATE "C",
        version BIGINT NOT NULL,
        created TEXT COLLATE "C" NOT NULL,
        deleted_at TEXT COLLATE "C" NOT NULL,
        attributes JSON NOT NULL,
        member_of JSON NOT NULL,
        PRIMARY KEY (connection_id, id)
      )`,
      `CREATE INDEX {p}tombstones_name ON {p}tombstones (connection_id, resource_type, name_key, deleted_at)`,
      `CREATE INDEX {p}tombstones_age ON {p}tombstones (connection_id, deleted_at)`,
      `CREATE TABLE {p}waiting_users (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT COLLATE "C" NOT NULL,
        arrival BIGINT NOT NULL,
        since TEXT COLLATE "C" NOT NULL,
        told JSON,
        PRIMARY KEY (connection_id, resource_id)
      )`,
      `CREATE UNIQUE INDEX {p}waiting_users_arrival ON {p}waiting_users (connection_id, arrival)`,
      `CREATE TABLE {p}verified_domains (
        customer_id TEXT COLLATE "C" NOT NULL,
        domain TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (customer_id, domain)
      )`,
      `ALTER TABLE {p}resources ADD COLUMN link TEXT COLLATE "C" CHECK (link IN ('unproven', 'proven'))`,
    ],
  },
  {
    name: '0014-effects',
    statements: [
      `ALTER TABLE {p}connections ADD COLUMN quiet_writes BIGINT NOT NULL DEFAULT 0`,
      `ALTER TABLE {p}connections ADD COLUMN epoch TEXT COLLATE "C" NOT NULL DEFAULT ''`,
      `CREATE TABLE {p}effects (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        position BIGINT NOT NULL,
        type TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        occurred_at TEXT COLLATE "C" NOT NULL,
        data JSON NOT NULL,
        PRIMARY KEY (connection_id, position)
      )`,
      `CREATE TABLE {p}untold (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        resource_id TEXT COLLATE "C" NOT NULL,
        resource_type TEXT COLLATE "C" NOT NULL,
        turn BIGINT NOT NULL,
        position BIGINT NOT NULL,
        told JSON,
        PRIMARY KEY (connection_id, resource_id)
      )`,
      `CREATE INDEX {p}untold_turn ON {p}untold (connection_id, turn, position)`,
      `CREATE TABLE {p}untold_members (
        connection_id TEXT COLLATE "C" NOT NULL,
        group_id TEXT COLLATE "C" NOT NULL,
        member_id TEXT COLLATE "C" NOT NULL,
        was_member BIGINT NOT NULL CHECK (was_member IN (0, 1)),
        PRIMARY KEY (connection_id, group_id, member_id),
        FOREIGN KEY (connection_id, group_id) REFERENCES {p}untold (connection_id, resource_id) ON DELETE CASCADE
      )`,
      `CREATE TABLE {p}undone (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        event_id TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        undone_at BIGINT NOT NULL,
        actor TEXT COLLATE "C",
        PRIMARY KEY (connection_id, event_id)
      )`,
      `CREATE INDEX {p}undone_resource ON {p}undone (connection_id, resource_id, event_id)`,
    ],
  },
  {
    name: '0014-event-subjects',
    statements: [
      `CREATE TABLE {p}event_subjects (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        subject TEXT COLLATE "C" NOT NULL,
        position BIGINT NOT NULL,
        PRIMARY KEY (connection_id, subject, position)
      )`,
      `CREATE TABLE {p}event_aliases (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        alias TEXT COLLATE "C" NOT NULL,
        resource_id TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (connection_id, alias, resource_id)
      )`,
      `CREATE TABLE {p}event_subjects_read (
        connection_id TEXT COLLATE "C" PRIMARY KEY REFERENCES {p}connections ON DELETE CASCADE,
        position BIGINT NOT NULL
      )`,
    ],
  },
  {
    name: '0016-activity',
    statements: [
      `CREATE TABLE {p}activity (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        activity_id TEXT COLLATE "C" NOT NULL,
        occurred_at BIGINT NOT NULL,
        status INTEGER NOT NULL,
        resource_id TEXT COLLATE "C",
        searched TEXT COLLATE "C" NOT NULL,
        data TEXT COLLATE "C" NOT NULL,
        PRIMARY KEY (connection_id, activity_id)
      )`,
      `CREATE INDEX {p}activity_failures ON {p}activity (connection_id, activity_id) WHERE status >= 400`,
      `CREATE INDEX {p}activity_resource ON {p}activity (connection_id, resource_id, activity_id) WHERE resource_id IS NOT NULL`,
    ],
  },
  {
    name: '0017-connections-locked-once',
    statements: [
      // Checked at once, it is a lock on the connection's row that all who write at the same time share; the position of
      // their events then has each of them write down all the others. At the end the row is one's own already.
      `ALTER TABLE {p}resources ALTER CONSTRAINT {p}resources_connection_id_fkey DEFERRABLE INITIALLY DEFERRED`,
    ],
  },
  {
    name: '0018-setup-steps',
    statements: [
      `CREATE TABLE {p}setup_steps (
        connection_id TEXT COLLATE "C" NOT NULL REFERENCES {p}connections ON DELETE CASCADE,
        step TEXT COLLATE "C" NOT NULL,
        first_at BIGINT NOT NULL,
        PRIMARY KEY (connection_id, step)
      )`,
    ],
  },
];
