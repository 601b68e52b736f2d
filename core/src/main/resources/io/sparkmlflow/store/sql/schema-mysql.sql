-- The tables of MLflow 3.17 (alembic revision dc11669786a5) for MySQL and MariaDB.
--
-- MLflow refuses a database that lacks one of its tables, so all are here, also those that spark-mlflow never writes.
-- Keys and constraints carry the names that they have in a database of MLflow's, because 'mlflow db upgrade' drops and alters
-- them by name; those that have none here get the server's own, as they do there.
-- Every statement commits. So workspaces comes first and alembic_version last: a database with the first alone is not complete.
-- A statement ends with a semicolon at the end of a line.

CREATE TABLE workspaces (
    name VARCHAR(63) NOT NULL,
    description TEXT,
    default_artifact_root TEXT,
    trace_archival_location TEXT,
    trace_archival_retention VARCHAR(32),
    PRIMARY KEY (name)
);

-- Experiments and runs

CREATE TABLE experiments (
    experiment_id INT NOT NULL AUTO_INCREMENT,
    name VARCHAR(256) NOT NULL,
    artifact_location VARCHAR(256),
    lifecycle_stage VARCHAR(32),
    creation_time BIGINT,
    last_update_time BIGINT,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (experiment_id),
    UNIQUE KEY uq_experiments_workspace_name (workspace, name),
    KEY idx_experiments_workspace (workspace),
    KEY idx_experiments_workspace_creation_time (workspace, creation_time),
    CONSTRAINT experiments_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted'))
);

CREATE TABLE experiment_tags (
    `key` VARCHAR(250) NOT NULL,
    value MEDIUMTEXT,
    experiment_id INT NOT NULL,
    PRIMARY KEY (`key`, experiment_id),
    KEY experiment_id (experiment_id),
    CONSTRAINT experiment_tags_ibfk_1 FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id)
);

CREATE TABLE runs (
    run_uuid VARCHAR(32) NOT NULL,
    name VARCHAR(250),
    source_type VARCHAR(20),
    source_name VARCHAR(500),
    entry_point_name VARCHAR(50),
    user_id VARCHAR(256),
    status VARCHAR(9),
    start_time BIGINT,
    end_time BIGINT,
    source_version VARCHAR(50),
    lifecycle_stage VARCHAR(20),
    artifact_uri VARCHAR(200),
    experiment_id INT,
    deleted_time BIGINT,
    PRIMARY KEY (run_uuid),
    KEY experiment_id (experiment_id),
    CONSTRAINT runs_ibfk_1 FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT source_type CHECK (source_type IN ('NOTEBOOK', 'JOB', 'LOCAL', 'UNKNOWN', 'PROJECT')),
    CONSTRAINT runs_lifecycle_stage CHECK (lifecycle_stage IN ('active', 'deleted')),
    CHECK (status IN ('SCHEDULED', 'FAILED', 'FINISHED', 'RUNNING', 'KILLED'))
);

CREATE TABLE tags (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(8000),
    run_uuid VARCHAR(32) NOT NULL,
    PRIMARY KEY (`key`, run_uuid),
    KEY index_tags_run_uuid (run_uuid),
    CONSTRAINT tags_ibfk_1 FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);

CREATE TABLE params (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(8000) NOT NULL,
    run_uuid VARCHAR(32) NOT NULL,
    PRIMARY KEY (`key`, run_uuid),
    KEY index_params_run_uuid (run_uuid),
    CONSTRAINT params_ibfk_1 FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid)
);

CREATE TABLE metrics (
    `key` VARCHAR(250) NOT NULL,
    value DOUBLE NOT NULL,
    timestamp BIGINT NOT NULL,
    run_uuid VARCHAR(32) NOT NULL,
    step BIGINT NOT NULL DEFAULT 0,
    is_nan TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (`key`, timestamp, step, run_uuid, value, is_nan),
    KEY index_metrics_run_uuid (run_uuid),
    KEY index_metrics_run_uuid_key_step (run_uuid, `key`, step),
    CONSTRAINT metrics_ibfk_1 FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid),
    CHECK (is_nan IN (0, 1)),
    CHECK (is_nan IN (0, 1))
);

CREATE TABLE latest_metrics (
    `key` VARCHAR(250) NOT NULL,
    value DOUBLE NOT NULL,
    timestamp BIGINT,
    step BIGINT NOT NULL,
    is_nan TINYINT(1) NOT NULL,
    run_uuid VARCHAR(32) NOT NULL,
    PRIMARY KEY (`key`, run_uuid),
    KEY index_latest_metrics_run_uuid (run_uuid),
    CONSTRAINT latest_metrics_ibfk_1 FOREIGN KEY (run_uuid) REFERENCES runs (run_uuid),
    CHECK (is_nan IN (0, 1))
);

-- Datasets, and the edges between datasets, runs and models

CREATE TABLE datasets (
    dataset_uuid VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    name VARCHAR(500) NOT NULL,
    digest VARCHAR(36) NOT NULL,
    dataset_source_type VARCHAR(36) NOT NULL,
    dataset_source TEXT NOT NULL,
    dataset_schema MEDIUMTEXT,
    dataset_profile MEDIUMTEXT,
    PRIMARY KEY (experiment_id, name, digest),
    KEY index_datasets_experiment_id_dataset_source_type (experiment_id, dataset_source_type),
    KEY index_datasets_dataset_uuid (dataset_uuid),
    CONSTRAINT fk_datasets_experiment_id_experiments FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);

CREATE TABLE inputs (
    input_uuid VARCHAR(36) NOT NULL,
    source_type VARCHAR(36) NOT NULL,
    source_id VARCHAR(36) NOT NULL,
    destination_type VARCHAR(36) NOT NULL,
    destination_id VARCHAR(36) NOT NULL,
    step BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (source_type, source_id, destination_type, destination_id),
    KEY index_inputs_input_uuid (input_uuid),
    KEY index_inputs_destination_type_destination_id_source_type (destination_type, destination_id, source_type)
);

CREATE TABLE input_tags (
    input_uuid VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    value VARCHAR(500) NOT NULL,
    PRIMARY KEY (input_uuid, name)
);

CREATE TABLE entity_associations (
    association_id VARCHAR(36) NOT NULL,
    source_type VARCHAR(36) NOT NULL,
    source_id VARCHAR(36) NOT NULL,
    destination_type VARCHAR(36) NOT NULL,
    destination_id VARCHAR(36) NOT NULL,
    created_time BIGINT,
    PRIMARY KEY (source_type, source_id, destination_type, destination_id),
    KEY index_entity_associations_association_id (association_id),
    KEY index_entity_associations_reverse_lookup (destination_type, destination_id, source_type, source_id)
);

-- Logged models

CREATE TABLE logged_models (
    model_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    name VARCHAR(500) NOT NULL,
    artifact_location VARCHAR(1000) NOT NULL,
    creation_timestamp_ms BIGINT NOT NULL,
    last_updated_timestamp_ms BIGINT NOT NULL,
    status INT NOT NULL,
    lifecycle_stage VARCHAR(32),
    model_type VARCHAR(500),
    source_run_id VARCHAR(32),
    status_message VARCHAR(1000),
    PRIMARY KEY (model_id),
    KEY fk_logged_models_experiment_id (experiment_id),
    CONSTRAINT fk_logged_models_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE,
    CONSTRAINT logged_models_lifecycle_stage_check CHECK (lifecycle_stage IN ('active', 'deleted'))
);

CREATE TABLE logged_model_params (
    model_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    param_key VARCHAR(255) NOT NULL,
    param_value TEXT NOT NULL,
    PRIMARY KEY (model_id, param_key),
    KEY fk_logged_model_params_experiment_id (experiment_id),
    CONSTRAINT fk_logged_model_params_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT fk_logged_model_params_model_id FOREIGN KEY (model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);

CREATE TABLE logged_model_tags (
    model_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    tag_key VARCHAR(255) NOT NULL,
    tag_value TEXT NOT NULL,
    PRIMARY KEY (model_id, tag_key),
    KEY fk_logged_model_tags_experiment_id (experiment_id),
    CONSTRAINT fk_logged_model_tags_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT fk_logged_model_tags_model_id FOREIGN KEY (model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE
);

CREATE TABLE logged_model_metrics (
    model_id VARCHAR(36) NOT NULL,
    metric_name VARCHAR(500) NOT NULL,
    metric_timestamp_ms BIGINT NOT NULL,
    metric_step BIGINT NOT NULL,
    metric_value DOUBLE,
    experiment_id INT NOT NULL,
    run_id VARCHAR(32) NOT NULL,
    dataset_uuid VARCHAR(36),
    dataset_name VARCHAR(500),
    dataset_digest VARCHAR(36),
    PRIMARY KEY (model_id, metric_name, metric_timestamp_ms, metric_step, run_id),
    KEY fk_logged_model_metrics_experiment_id (experiment_id),
    KEY fk_logged_model_metrics_run_id (run_id),
    KEY index_logged_model_metrics_model_id (model_id),
    CONSTRAINT fk_logged_model_metrics_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT fk_logged_model_metrics_model_id FOREIGN KEY (model_id) REFERENCES logged_models (model_id) ON DELETE CASCADE,
    CONSTRAINT fk_logged_model_metrics_run_id FOREIGN KEY (run_id) REFERENCES runs (run_uuid) ON DELETE CASCADE
);

-- Model registry

CREATE TABLE registered_models (
    name VARCHAR(256) NOT NULL,
    creation_time BIGINT,
    last_updated_time BIGINT,
    description VARCHAR(5000),
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (workspace, name),
    KEY idx_registered_models_workspace (workspace)
);

CREATE TABLE registered_model_tags (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(5000),
    name VARCHAR(256) NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (workspace, `key`, name),
    KEY name (name),
    KEY idx_registered_model_tags_workspace_name (workspace, name),
    CONSTRAINT fk_registered_model_tags_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);

CREATE TABLE registered_model_aliases (
    alias VARCHAR(256) NOT NULL,
    version INT NOT NULL,
    name VARCHAR(256) NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (workspace, name, alias),
    CONSTRAINT fk_registered_model_aliases_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE model_versions (
    name VARCHAR(256) NOT NULL,
    version INT NOT NULL,
    creation_time BIGINT,
    last_updated_time BIGINT,
    description VARCHAR(5000),
    user_id VARCHAR(256),
    current_stage VARCHAR(20),
    source VARCHAR(500),
    run_id VARCHAR(32),
    status VARCHAR(20),
    status_message VARCHAR(500),
    run_link VARCHAR(500),
    storage_location VARCHAR(500),
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (workspace, name, version),
    CONSTRAINT fk_model_versions_registered_models FOREIGN KEY (workspace, name) REFERENCES registered_models (workspace, name) ON UPDATE CASCADE
);

CREATE TABLE model_version_tags (
    `key` VARCHAR(250) NOT NULL,
    value TEXT,
    name VARCHAR(256) NOT NULL,
    version INT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (workspace, `key`, name, version),
    KEY name (name, version),
    KEY idx_model_version_tags_workspace_name_version (workspace, name, version),
    CONSTRAINT fk_model_version_tags_model_versions FOREIGN KEY (workspace, name, version) REFERENCES model_versions (workspace, name, version) ON UPDATE CASCADE
);

-- Webhooks

CREATE TABLE webhooks (
    webhook_id VARCHAR(256) NOT NULL,
    name VARCHAR(256) NOT NULL,
    description VARCHAR(1000),
    url VARCHAR(500) NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'ACTIVE',
    secret VARCHAR(1000),
    creation_timestamp BIGINT,
    last_updated_timestamp BIGINT,
    deleted_timestamp BIGINT,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (webhook_id),
    KEY idx_webhooks_status (status),
    KEY idx_webhooks_name (name),
    KEY idx_webhooks_workspace (workspace)
);

CREATE TABLE webhook_events (
    webhook_id VARCHAR(256) NOT NULL,
    entity VARCHAR(50) NOT NULL,
    action VARCHAR(50) NOT NULL,
    PRIMARY KEY (webhook_id, entity, action),
    KEY idx_webhook_events_entity (entity),
    KEY idx_webhook_events_action (action),
    KEY idx_webhook_events_entity_action (entity, action),
    CONSTRAINT webhook_events_ibfk_1 FOREIGN KEY (webhook_id) REFERENCES webhooks (webhook_id) ON DELETE CASCADE
);

-- Traces

CREATE TABLE trace_info (
    request_id VARCHAR(50) NOT NULL,
    experiment_id INT NOT NULL,
    timestamp_ms BIGINT NOT NULL,
    execution_time_ms BIGINT,
    status VARCHAR(50) NOT NULL,
    client_request_id VARCHAR(50),
    request_preview VARCHAR(1000),
    response_preview VARCHAR(1000),
    db_payload_generation INT NOT NULL DEFAULT 0,
    trace_name VARCHAR(4096),
    session_id VARCHAR(250),
    input_tokens BIGINT,
    output_tokens BIGINT,
    total_tokens BIGINT,
    cache_read_input_tokens BIGINT,
    cache_creation_input_tokens BIGINT,
    cache_creation_input_tokens_above_1hr BIGINT,
    input_cost DOUBLE,
    output_cost DOUBLE,
    total_cost DOUBLE,
    PRIMARY KEY (request_id),
    KEY index_trace_info_experiment_id_timestamp_ms (experiment_id, timestamp_ms),
    KEY index_trace_info_timestamp_ms_request_id (timestamp_ms, request_id),
    KEY index_trace_info_experiment_id_session_id (experiment_id, session_id),
    CONSTRAINT fk_trace_info_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);

CREATE TABLE trace_tags (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(8000),
    request_id VARCHAR(50) NOT NULL,
    PRIMARY KEY (`key`, request_id),
    KEY index_trace_tags_request_id (request_id),
    CONSTRAINT fk_trace_tags_request_id FOREIGN KEY (request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);

CREATE TABLE trace_request_metadata (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(8000),
    request_id VARCHAR(50) NOT NULL,
    PRIMARY KEY (`key`, request_id),
    KEY index_trace_request_metadata_request_id (request_id),
    CONSTRAINT fk_trace_request_metadata_request_id FOREIGN KEY (request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);

CREATE TABLE trace_metrics (
    request_id VARCHAR(50) NOT NULL,
    `key` VARCHAR(250) NOT NULL,
    value DOUBLE,
    PRIMARY KEY (request_id, `key`),
    KEY index_trace_metrics_request_id (request_id),
    CONSTRAINT fk_trace_metrics_request_id FOREIGN KEY (request_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);

CREATE TABLE spans (
    trace_id VARCHAR(50) NOT NULL,
    experiment_id INT NOT NULL,
    span_id VARCHAR(50) NOT NULL,
    parent_span_id VARCHAR(50),
    name TEXT,
    type VARCHAR(500),
    status VARCHAR(50) NOT NULL,
    start_time_unix_nano BIGINT NOT NULL,
    end_time_unix_nano BIGINT,
    duration_ns BIGINT GENERATED ALWAYS AS (end_time_unix_nano - start_time_unix_nano) STORED,
    content LONGTEXT NOT NULL,
    input_cost DOUBLE,
    output_cost DOUBLE,
    total_cost DOUBLE,
    model_name VARCHAR(500),
    model_provider VARCHAR(500),
    PRIMARY KEY (trace_id, span_id),
    KEY index_spans_experiment_id_status_type (experiment_id, status, type),
    KEY index_spans_experiment_id_type_status (experiment_id, type, status),
    KEY index_spans_experiment_id_duration (experiment_id, duration_ns),
    KEY index_spans_experiment_id_start_time (experiment_id, start_time_unix_nano),
    KEY idx_spans_cost_trace_time_cover (trace_id, start_time_unix_nano),
    KEY idx_spans_cost_exp_time_cover (experiment_id, start_time_unix_nano),
    CONSTRAINT fk_spans_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT fk_spans_trace_id FOREIGN KEY (trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);

CREATE TABLE span_metrics (
    trace_id VARCHAR(50) NOT NULL,
    span_id VARCHAR(50) NOT NULL,
    `key` VARCHAR(250) NOT NULL,
    value DOUBLE,
    PRIMARY KEY (trace_id, span_id, `key`),
    KEY index_span_metrics_trace_id_span_id (trace_id, span_id),
    CONSTRAINT fk_span_metrics_span FOREIGN KEY (trace_id, span_id) REFERENCES spans (trace_id, span_id) ON DELETE CASCADE
);

CREATE TABLE assessments (
    assessment_id VARCHAR(50) NOT NULL,
    trace_id VARCHAR(50) NOT NULL,
    name VARCHAR(250) NOT NULL,
    assessment_type VARCHAR(20) NOT NULL,
    value TEXT NOT NULL,
    error TEXT,
    created_timestamp BIGINT NOT NULL,
    last_updated_timestamp BIGINT NOT NULL,
    source_type VARCHAR(50) NOT NULL,
    source_id VARCHAR(250),
    run_id VARCHAR(32),
    span_id VARCHAR(50),
    rationale TEXT,
    overrides VARCHAR(50),
    valid TINYINT(1) NOT NULL,
    assessment_metadata TEXT,
    experiment_id INT,
    trace_timestamp_ms BIGINT,
    aggregate_value DOUBLE,
    is_numeric_value TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (assessment_id),
    KEY index_assessments_trace_id_created_timestamp (trace_id, created_timestamp),
    KEY index_assessments_run_id_created_timestamp (run_id, created_timestamp),
    KEY index_assessments_last_updated_timestamp (last_updated_timestamp),
    KEY index_assessments_assessment_type (assessment_type),
    KEY idx_assessments_exp_trace_ts (experiment_id, trace_timestamp_ms),
    KEY idx_assessments_exp_trace_ts_name (experiment_id, trace_timestamp_ms, name),
    KEY idx_assessments_exp_name_valid (experiment_id, name, valid),
    CONSTRAINT fk_assessments_trace_id FOREIGN KEY (trace_id) REFERENCES trace_info (request_id) ON DELETE CASCADE
);

-- Daily sums over traces

CREATE TABLE sql_trace_metric_daily_rollups (
    id BIGINT NOT NULL AUTO_INCREMENT,
    experiment_id INT NOT NULL,
    rollup_day date NOT NULL,
    metric_name VARCHAR(250) NOT NULL,
    grouping_set VARCHAR(50) NOT NULL,
    trace_status VARCHAR(50),
    sample_count BIGINT NOT NULL,
    sum_value DOUBLE,
    min_value DOUBLE,
    max_value DOUBLE,
    p50_value DOUBLE,
    p90_value DOUBLE,
    p99_value DOUBLE,
    PRIMARY KEY (id),
    KEY idx_trace_rollups_lookup (experiment_id, rollup_day, metric_name, grouping_set, trace_status)
);

CREATE TABLE sql_span_cost_daily_rollups (
    id BIGINT NOT NULL AUTO_INCREMENT,
    experiment_id INT NOT NULL,
    rollup_day date NOT NULL,
    metric_name VARCHAR(250) NOT NULL,
    grouping_set VARCHAR(50) NOT NULL,
    model_name VARCHAR(500),
    model_provider VARCHAR(500),
    sample_count BIGINT NOT NULL,
    sum_value DOUBLE,
    min_value DOUBLE,
    max_value DOUBLE,
    PRIMARY KEY (id),
    KEY idx_span_cost_rollups_lookup (experiment_id, rollup_day, metric_name, grouping_set, model_name(64), model_provider(64))
);

CREATE TABLE sql_assessment_daily_rollups (
    id BIGINT NOT NULL AUTO_INCREMENT,
    experiment_id INT NOT NULL,
    rollup_day date NOT NULL,
    metric_name VARCHAR(250) NOT NULL,
    grouping_set VARCHAR(50) NOT NULL,
    sample_count BIGINT NOT NULL,
    sum_value DOUBLE,
    min_value DOUBLE,
    max_value DOUBLE,
    PRIMARY KEY (id),
    KEY idx_assessment_rollups_lookup (experiment_id, rollup_day, metric_name, grouping_set)
);

CREATE TABLE sql_trace_rollup_rebuild_queue (
    experiment_id INT NOT NULL,
    rollup_day date NOT NULL,
    rollup_family VARCHAR(50) NOT NULL,
    PRIMARY KEY (experiment_id, rollup_day, rollup_family)
);

-- Evaluation: datasets, scorers, issues, reviews

CREATE TABLE evaluation_datasets (
    dataset_id VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    schema TEXT,
    profile TEXT,
    digest VARCHAR(64),
    created_time BIGINT,
    last_update_time BIGINT,
    created_by VARCHAR(255),
    last_updated_by VARCHAR(255),
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (dataset_id),
    KEY index_evaluation_datasets_name (name),
    KEY index_evaluation_datasets_created_time (created_time),
    KEY idx_evaluation_datasets_workspace (workspace)
);

CREATE TABLE evaluation_dataset_tags (
    dataset_id VARCHAR(36) NOT NULL,
    `key` VARCHAR(255) NOT NULL,
    value VARCHAR(5000),
    PRIMARY KEY (dataset_id, `key`),
    KEY index_evaluation_dataset_tags_dataset_id (dataset_id),
    CONSTRAINT fk_evaluation_dataset_tags_dataset_id FOREIGN KEY (dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);

CREATE TABLE evaluation_dataset_records (
    dataset_record_id VARCHAR(36) NOT NULL,
    dataset_id VARCHAR(36) NOT NULL,
    inputs JSON NOT NULL,
    expectations JSON,
    tags JSON,
    source JSON,
    source_id VARCHAR(36),
    source_type VARCHAR(255),
    created_time BIGINT,
    last_update_time BIGINT,
    created_by VARCHAR(255),
    last_updated_by VARCHAR(255),
    input_hash VARCHAR(64) NOT NULL,
    outputs JSON,
    PRIMARY KEY (dataset_record_id),
    UNIQUE KEY unique_dataset_input (dataset_id, input_hash),
    KEY index_evaluation_dataset_records_dataset_id (dataset_id),
    CONSTRAINT fk_evaluation_dataset_records_dataset_id FOREIGN KEY (dataset_id) REFERENCES evaluation_datasets (dataset_id) ON DELETE CASCADE
);

CREATE TABLE scorers (
    experiment_id INT NOT NULL,
    scorer_name VARCHAR(256) NOT NULL,
    scorer_id VARCHAR(36) NOT NULL,
    PRIMARY KEY (scorer_id),
    UNIQUE KEY index_scorers_experiment_id_scorer_name (experiment_id, scorer_name),
    CONSTRAINT fk_scorers_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);

CREATE TABLE scorer_versions (
    scorer_id VARCHAR(36) NOT NULL,
    scorer_version INT NOT NULL,
    serialized_scorer TEXT NOT NULL,
    creation_time BIGINT,
    PRIMARY KEY (scorer_id, scorer_version),
    KEY index_scorer_versions_scorer_id (scorer_id),
    CONSTRAINT fk_scorer_versions_scorer_id FOREIGN KEY (scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);

CREATE TABLE online_scoring_configs (
    online_scoring_config_id VARCHAR(36) NOT NULL,
    scorer_id VARCHAR(36) NOT NULL,
    sample_rate DOUBLE NOT NULL,
    experiment_id INT NOT NULL,
    filter_string TEXT,
    PRIMARY KEY (online_scoring_config_id),
    KEY fk_online_scoring_configs_scorer_id (scorer_id),
    KEY fk_online_scoring_configs_experiment_id (experiment_id),
    CONSTRAINT fk_online_scoring_configs_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id),
    CONSTRAINT fk_online_scoring_configs_scorer_id FOREIGN KEY (scorer_id) REFERENCES scorers (scorer_id) ON DELETE CASCADE
);

CREATE TABLE issues (
    issue_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    name VARCHAR(250) NOT NULL,
    description TEXT NOT NULL,
    status VARCHAR(50) NOT NULL,
    severity VARCHAR(50),
    root_causes TEXT,
    source_run_id VARCHAR(32),
    categories TEXT,
    created_timestamp BIGINT NOT NULL,
    last_updated_timestamp BIGINT NOT NULL,
    created_by VARCHAR(255),
    PRIMARY KEY (issue_id),
    KEY index_issues_experiment_id (experiment_id),
    KEY index_issues_source_run_id (source_run_id),
    KEY index_issues_status (status),
    CONSTRAINT fk_issues_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE,
    CONSTRAINT fk_issues_source_run_id FOREIGN KEY (source_run_id) REFERENCES runs (run_uuid) ON DELETE SET NULL
);

CREATE TABLE label_schemas (
    schema_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    name VARCHAR(250) NOT NULL,
    type VARCHAR(16) NOT NULL,
    instruction TEXT,
    enable_comment TINYINT(1) NOT NULL DEFAULT 0,
    input_type VARCHAR(32) NOT NULL,
    input_config TEXT NOT NULL,
    created_by VARCHAR(255),
    created_time BIGINT NOT NULL,
    last_update_time BIGINT NOT NULL,
    is_default TINYINT(1) NOT NULL DEFAULT 0,
    PRIMARY KEY (schema_id),
    UNIQUE KEY uq_label_schemas_exp_name (experiment_id, name),
    KEY index_label_schemas_experiment_id (experiment_id),
    CONSTRAINT fk_label_schemas_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);

CREATE TABLE review_queues (
    queue_id VARCHAR(36) NOT NULL,
    experiment_id INT NOT NULL,
    name VARCHAR(250) NOT NULL,
    queue_type VARCHAR(16) NOT NULL,
    created_by VARCHAR(255),
    creation_time_ms BIGINT NOT NULL,
    last_update_time_ms BIGINT NOT NULL,
    name_key VARCHAR(250) NOT NULL,
    PRIMARY KEY (queue_id),
    UNIQUE KEY uq_review_queues_experiment_name_key (experiment_id, name_key),
    KEY index_review_queues_experiment_id (experiment_id),
    CONSTRAINT fk_review_queues_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE CASCADE
);

CREATE TABLE review_queue_users (
    queue_id VARCHAR(36) NOT NULL,
    user_id VARCHAR(250) NOT NULL,
    PRIMARY KEY (queue_id, user_id),
    KEY index_review_queue_users_user_id (user_id),
    CONSTRAINT fk_review_queue_users_queue_id FOREIGN KEY (queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);

CREATE TABLE review_queue_label_schemas (
    queue_id VARCHAR(36) NOT NULL,
    schema_id VARCHAR(36) NOT NULL,
    PRIMARY KEY (queue_id, schema_id),
    KEY index_review_queue_label_schemas_schema_id (schema_id),
    CONSTRAINT fk_review_queue_label_schemas_queue_id FOREIGN KEY (queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);

CREATE TABLE review_queue_items (
    queue_id VARCHAR(36) NOT NULL,
    item_type VARCHAR(16) NOT NULL,
    item_id VARCHAR(50) NOT NULL,
    status VARCHAR(16) NOT NULL,
    completed_by VARCHAR(250),
    completed_time_ms BIGINT,
    creation_time_ms BIGINT NOT NULL,
    last_update_time_ms BIGINT NOT NULL,
    PRIMARY KEY (queue_id, item_id),
    KEY index_review_queue_items_queue_id_status (queue_id, status),
    KEY index_review_queue_items_item_id (item_id),
    CONSTRAINT fk_review_queue_items_queue_id FOREIGN KEY (queue_id) REFERENCES review_queues (queue_id) ON DELETE CASCADE
);

-- AI gateway

CREATE TABLE secrets (
    secret_id VARCHAR(36) NOT NULL,
    secret_name VARCHAR(255) NOT NULL,
    encrypted_value blob NOT NULL,
    wrapped_dek blob NOT NULL,
    kek_version INT NOT NULL,
    masked_value VARCHAR(500) NOT NULL,
    provider VARCHAR(64),
    auth_config TEXT,
    description TEXT,
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (secret_id),
    UNIQUE KEY uq_secrets_workspace_secret_name (workspace, secret_name),
    KEY idx_secrets_workspace (workspace)
);

-- The encryption of a secret is bound to its id and name.

CREATE TRIGGER prevent_secrets_aad_mutation BEFORE UPDATE ON secrets FOR EACH ROW BEGIN IF OLD.secret_id != NEW.secret_id OR OLD.secret_name != NEW.secret_name THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'secret_id and secret_name are immutable (used as AAD in encryption)'; END IF; END;

CREATE TABLE model_definitions (
    model_definition_id VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    secret_id VARCHAR(36),
    provider VARCHAR(64) NOT NULL,
    model_name VARCHAR(256) NOT NULL,
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (model_definition_id),
    UNIQUE KEY uq_model_definitions_workspace_name (workspace, name),
    KEY index_model_definitions_secret_id (secret_id),
    KEY index_model_definitions_provider (provider),
    KEY idx_model_definitions_workspace (workspace),
    CONSTRAINT fk_model_definitions_secret_id FOREIGN KEY (secret_id) REFERENCES secrets (secret_id) ON DELETE SET NULL
);

CREATE TABLE endpoints (
    endpoint_id VARCHAR(36) NOT NULL,
    name VARCHAR(255),
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    routing_strategy VARCHAR(64),
    fallback_config_json TEXT,
    experiment_id INT,
    usage_tracking TINYINT(1) NOT NULL DEFAULT 0,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (endpoint_id),
    UNIQUE KEY uq_endpoints_workspace_name (workspace, name),
    KEY fk_endpoints_experiment_id (experiment_id),
    KEY idx_endpoints_workspace (workspace),
    CONSTRAINT fk_endpoints_experiment_id FOREIGN KEY (experiment_id) REFERENCES experiments (experiment_id) ON DELETE SET NULL
);

CREATE TABLE endpoint_model_mappings (
    mapping_id VARCHAR(36) NOT NULL,
    endpoint_id VARCHAR(36) NOT NULL,
    model_definition_id VARCHAR(36) NOT NULL,
    weight FLOAT NOT NULL,
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    linkage_type VARCHAR(64) NOT NULL DEFAULT 'PRIMARY',
    fallback_order INT,
    PRIMARY KEY (mapping_id),
    UNIQUE KEY unique_endpoint_model_linkage_mapping (endpoint_id, model_definition_id, linkage_type),
    KEY index_endpoint_model_mappings_endpoint_id (endpoint_id),
    KEY index_endpoint_model_mappings_model_definition_id (model_definition_id),
    CONSTRAINT fk_endpoint_model_mappings_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE,
    CONSTRAINT fk_endpoint_model_mappings_model_definition_id FOREIGN KEY (model_definition_id) REFERENCES model_definitions (model_definition_id)
);

CREATE TABLE endpoint_bindings (
    endpoint_id VARCHAR(36) NOT NULL,
    resource_type VARCHAR(50) NOT NULL,
    resource_id VARCHAR(255) NOT NULL,
    created_at BIGINT NOT NULL,
    created_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    display_name VARCHAR(255),
    PRIMARY KEY (endpoint_id, resource_type, resource_id),
    CONSTRAINT fk_endpoint_bindings_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);

CREATE TABLE endpoint_tags (
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(5000),
    endpoint_id VARCHAR(36) NOT NULL,
    PRIMARY KEY (`key`, endpoint_id),
    KEY index_endpoint_tags_endpoint_id (endpoint_id),
    CONSTRAINT fk_endpoint_tags_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE
);

CREATE TABLE guardrails (
    guardrail_id VARCHAR(36) NOT NULL,
    name VARCHAR(255) NOT NULL,
    scorer_id VARCHAR(36) NOT NULL,
    scorer_version INT NOT NULL,
    stage VARCHAR(32) NOT NULL,
    action VARCHAR(32) NOT NULL,
    action_endpoint_id VARCHAR(36),
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (guardrail_id),
    KEY fk_guardrails_action_endpoint_id (action_endpoint_id),
    KEY idx_guardrails_workspace (workspace),
    KEY idx_guardrails_scorer (scorer_id, scorer_version),
    CONSTRAINT fk_guardrails_action_endpoint_id FOREIGN KEY (action_endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE SET NULL,
    CONSTRAINT fk_guardrails_scorer_version FOREIGN KEY (scorer_id, scorer_version) REFERENCES scorer_versions (scorer_id, scorer_version)
);

CREATE TABLE guardrail_configs (
    endpoint_id VARCHAR(36) NOT NULL,
    guardrail_id VARCHAR(36) NOT NULL,
    execution_order INT,
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    PRIMARY KEY (endpoint_id, guardrail_id),
    KEY idx_guardrail_configs_endpoint_id (endpoint_id),
    KEY idx_guardrail_configs_guardrail_id (guardrail_id),
    CONSTRAINT fk_guardrail_configs_endpoint_id FOREIGN KEY (endpoint_id) REFERENCES endpoints (endpoint_id) ON DELETE CASCADE,
    CONSTRAINT fk_guardrail_configs_guardrail_id FOREIGN KEY (guardrail_id) REFERENCES guardrails (guardrail_id) ON DELETE CASCADE
);

CREATE TABLE budget_policies (
    budget_policy_id VARCHAR(36) NOT NULL,
    budget_unit VARCHAR(32) NOT NULL,
    budget_amount FLOAT NOT NULL,
    duration_unit VARCHAR(32) NOT NULL,
    duration_value INT NOT NULL,
    target_scope VARCHAR(32) NOT NULL,
    budget_action VARCHAR(32) NOT NULL,
    created_by VARCHAR(255),
    created_at BIGINT NOT NULL,
    last_updated_by VARCHAR(255),
    last_updated_at BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    target_value VARCHAR(255),
    PRIMARY KEY (budget_policy_id),
    KEY idx_budget_policies_workspace (workspace),
    KEY idx_budget_policies_target_value (target_value)
);

-- MCP servers

CREATE TABLE mcp_servers (
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    name VARCHAR(256) NOT NULL,
    display_name VARCHAR(256),
    description TEXT,
    icons JSON,
    created_by VARCHAR(256),
    last_updated_by VARCHAR(256),
    created_at BIGINT NOT NULL,
    last_updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, name)
);

CREATE TABLE mcp_server_tags (
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    name VARCHAR(256) NOT NULL,
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(5000),
    PRIMARY KEY (workspace, name, `key`),
    CONSTRAINT mcp_server_tags_server_fkey FOREIGN KEY (workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE mcp_server_versions (
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    name VARCHAR(256) NOT NULL,
    version VARCHAR(128) NOT NULL,
    version_major INT NOT NULL,
    version_minor INT NOT NULL,
    version_patch INT NOT NULL,
    version_prerelease_sort_key VARCHAR(512) NOT NULL,
    server_json JSON NOT NULL,
    status VARCHAR(20) NOT NULL DEFAULT 'draft',
    tools JSON,
    source VARCHAR(512),
    connect_options JSON,
    created_by VARCHAR(256),
    last_updated_by VARCHAR(256),
    created_at BIGINT NOT NULL,
    last_updated_at BIGINT NOT NULL,
    PRIMARY KEY (workspace, name, version),
    KEY idx_mcp_server_versions_latest (workspace, name, status, version_major DESC, version_minor DESC, version_patch DESC),
    CONSTRAINT mcp_server_versions_server_fkey FOREIGN KEY (workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE mcp_server_version_tags (
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    name VARCHAR(256) NOT NULL,
    version VARCHAR(128) NOT NULL,
    `key` VARCHAR(250) NOT NULL,
    value VARCHAR(5000),
    PRIMARY KEY (workspace, name, version, `key`),
    CONSTRAINT mcp_server_version_tags_version_fkey FOREIGN KEY (workspace, name, version) REFERENCES mcp_server_versions (workspace, name, version) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE mcp_server_aliases (
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    name VARCHAR(256) NOT NULL,
    alias VARCHAR(256) NOT NULL,
    version VARCHAR(128) NOT NULL,
    PRIMARY KEY (workspace, name, alias),
    CONSTRAINT mcp_server_aliases_server_fkey FOREIGN KEY (workspace, name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);

CREATE TABLE mcp_access_endpoints (
    id VARCHAR(36) NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    server_name VARCHAR(256) NOT NULL,
    server_version VARCHAR(128),
    server_alias VARCHAR(256),
    url VARCHAR(2048) NOT NULL,
    transport_type VARCHAR(32) NOT NULL DEFAULT 'streamable-http',
    created_by VARCHAR(256),
    last_updated_by VARCHAR(256),
    created_at BIGINT NOT NULL,
    last_updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    KEY ix_mcp_access_endpoints_server_name (workspace, server_name),
    KEY ix_mcp_access_endpoints_version (workspace, server_name, server_version),
    KEY ix_mcp_access_endpoints_alias (workspace, server_name, server_alias),
    CONSTRAINT mcp_access_endpoints_server_fkey FOREIGN KEY (workspace, server_name) REFERENCES mcp_servers (workspace, name) ON DELETE CASCADE ON UPDATE CASCADE
);

-- Background jobs

CREATE TABLE jobs (
    id VARCHAR(36) NOT NULL,
    creation_time BIGINT NOT NULL,
    job_name VARCHAR(500),
    params TEXT NOT NULL,
    timeout DOUBLE,
    status INT NOT NULL,
    result TEXT,
    retry_count INT NOT NULL,
    last_update_time BIGINT NOT NULL,
    workspace VARCHAR(63) NOT NULL DEFAULT 'default',
    status_details JSON,
    creator VARCHAR(255),
    executor_backend VARCHAR(255),
    lease_expires_at BIGINT,
    status_message TEXT,
    progress JSON,
    progress_updated_at BIGINT,
    token_hash VARCHAR(64),
    scoped_permissions JSON,
    next_attempt_at BIGINT,
    PRIMARY KEY (id),
    KEY index_jobs_name_status_creation_time (job_name, workspace, status, creation_time),
    KEY index_jobs_status_lease_expires_at (status, lease_expires_at)
);

CREATE TABLE job_locks (
    lock_key VARCHAR(255) NOT NULL,
    job_id VARCHAR(36) NOT NULL,
    acquired_at BIGINT NOT NULL,
    PRIMARY KEY (lock_key),
    KEY index_job_locks_job_id (job_id),
    CONSTRAINT fk_job_locks_job_id FOREIGN KEY (job_id) REFERENCES jobs (id) ON DELETE CASCADE
);

CREATE TABLE scheduler_leases (
    lease_key VARCHAR(255) NOT NULL,
    acquired_at BIGINT NOT NULL,
    ttl_seconds INT NOT NULL,
    PRIMARY KEY (lease_key)
);

-- What a new database starts with; the store adds the experiment 0

INSERT INTO workspaces (name, description) VALUES ('default', 'Default workspace for legacy resources');

-- What version of the schema this is

CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    PRIMARY KEY (version_num)
);

INSERT INTO alembic_version (version_num) VALUES ('dc11669786a5');
