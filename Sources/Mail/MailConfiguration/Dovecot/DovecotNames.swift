// SPDX-License-Identifier: Apache-2.0

/// The names that dovecot.conf may have, of 2.3 and of 2.4.
package enum DovecotNames {
    /// Settings at the top, and in sections that narrow them (`protocol`, `local`, `remote`).
    package static let root = words(rootText)
    /// Those of ``root`` that relais acts on; whoever makes a daemon act on another one adds it here.
    package static let actedOn = words(actedText)
    /// The kinds of sections.
    package static let sections: Set<String> = [
        "passdb", "userdb", "service", "protocol", "namespace", "mailbox", "plugin", "dict", "local", "remote",
        "local_name", "unix_listener", "fifo_listener", "inet_listener", "metric", "event_exporter", "fields",
        "ldap", "sql", "sqlite", "mysql", "pgsql", "oauth2", "quota", "sieve_script", "dict_server", "dict_map", "fs",
        "fts", "acl", "mail_attribute", "crypt_private_key", "imapsieve_from", "language", "language_filter",
        "ldap_map", "redis", "cassandra", "quota_warning", "submission_relay", "var_expand_crypt", "layout",
        "storage", "passdb_default_fields", "passdb_override_fields", "userdb_default_fields",
        "userdb_override_fields", "userdb_fields", "passdb_fields",
    ]
    /// Settings that 2.4 also writes as a list `name { element = yes }`.
    package static let lists: Set<String> = [
        "protocols", "mail_plugins", "auth_mechanisms", "login_plugins", "sieve_extensions", "sieve_global_extensions",
        "sieve_plugins", "imap_client_workarounds", "pop3_client_workarounds", "lmtp_client_workarounds",
        "submission_client_workarounds", "ssl_options", "mail_access_groups", "listen", "import_environment",
        "imap_capability", "mail_attachment_detection_options", "login_log_format_elements", "imap_id_send",
        "passdb_mechanisms", "mechanisms", "valid_chroot_dirs", "login_trusted_networks", "haproxy_trusted_networks",
        "mail_cache_fields", "mail_always_cache_fields", "mail_never_cache_fields", "extra_groups",
    ]
    /// How settings of plug-ins and of 2.4's drivers begin: all of them are known, none is acted on here.
    package static let families: [String] = [
        "sieve_", "imapsieve_", "quota_", "fts_", "acl_", "dict_", "fs_", "ldap_", "sql_", "sqlite_", "mysql_",
        "pgsql_", "cassandra_", "redis_", "oauth2_", "metric_", "event_exporter_", "imapc_", "pop3c_", "crypt_",
        "mail_crypt_", "mail_log_", "mail_compress_", "mail_lua_", "notify_", "welcome_", "virtual_", "trash_",
        "lazy_expunge_", "language_", "textcat_", "tika_", "push_notification_", "imap_filter_", "last_login_",
        "passdb_", "userdb_", "namespace_", "mailbox_", "service_", "inet_listener_", "unix_listener_", "openmetrics_",
        "stats_", "replication_", "dsync_", "solr_", "imap_zlib_", "zlib_", "auth_oauth2_", "auth_policy_",
        "auth_gssapi_", "auth_winbind_", "submission_", "lmtp_", "lda_", "managesieve_", "doveadm_", "director_",
        "http_client_", "http_server_", "ssl_client_",
    ]

    /// The settings inside a kind of section; nil where any name may stand, as in `plugin`.
    package static func inside(_ kind: String) -> Set<String>? {
        switch kind {
        case "service": service
        case "unix_listener", "fifo_listener": ["path", "mode", "user", "group", "type"]
        case "inet_listener": ["name", "address", "listen", "port", "ssl", "haproxy", "reuse_port", "type"]
        case "passdb": database.union(["deny", "pass", "master", "mechanisms"])
        case "userdb": database
        case "namespace": namespace
        case "mailbox": ["name", "auto", "special_use", "driver", "comment", "autoexpunge", "autoexpunge_max_mails"]
        case "protocol", "local", "remote", "local_name": []
        default: nil
        }
    }

    /// The sections that may stand inside a kind of section; nil where any may.
    package static func sections(inside kind: String?) -> Set<String>? {
        switch kind {
        case nil: sections
        case "service": ["unix_listener", "fifo_listener", "inet_listener", "import_environment"]
        case "unix_listener", "fifo_listener", "inet_listener", "mailbox": []
        case "namespace": ["mailbox"]
        case "protocol", "local", "remote", "local_name": sections
        default: nil
        }
    }

    /// Whether a setting belongs to a family of plug-in settings.
    package static func isOfFamily(_ name: String) -> Bool { families.contains { name.hasPrefix($0) } }

    private static let service: Set<String> = [
        "name", "protocol", "type", "executable", "user", "group", "privileged_group", "extra_groups", "chroot",
        "drop_priv_before_exec", "process_min_avail", "process_limit", "client_limit", "service_count", "idle_kill",
        "vsz_limit", "restart_request_count", "idle_kill_interval",
    ]
    private static let database: Set<String> = [
        "name", "driver", "args", "default_fields", "override_fields", "skip", "result_success", "result_failure",
        "result_internalfail", "auth_verbose", "username_filter", "passwd_file_path", "default_password_scheme",
        "static_password", "username_format", "use_worker", "use_cache", "failure_show_msg", "session",
        "pam_service_name",
        "service_name", "max_requests", "setcred", "allow_real_nets", "fields_import_all", "blocking",
    ]
    private static let namespace: Set<String> = [
        "name", "type", "separator", "prefix", "location", "alias_for", "inbox", "hidden", "list", "subscriptions",
        "ignore_on_failure", "disabled", "order", "alias_chain",
    ]

    private static func words(_ text: String) -> Set<String> {
        Set(text.split(whereSeparator: \.isWhitespace).map(String.init))
    }

    private static let actedText = """
        auth_allow_cleartext auth_default_domain auth_default_realm auth_failure_delay auth_mechanisms
        auth_username_format base_dir default_client_limit default_internal_user default_login_user
        default_process_limit disable_plaintext_auth dovecot_config_version dovecot_storage_version first_valid_gid
        first_valid_uid last_valid_gid last_valid_uid listen log_path login_greeting mail_control_path mail_driver
        mail_gid mail_home mail_inbox_path mail_index_path mail_location mail_max_userip_connections mail_path
        mail_privileged_group mail_uid mailbox_list_layout protocols ssl ssl_alt_cert ssl_alt_key ssl_cert ssl_key
        ssl_server_alt_cert_file ssl_server_alt_key_file ssl_server_cert_file ssl_server_key_file
        """

    private static let rootText = """
        auth_allow_cleartext auth_allow_weak_schemes auth_anonymous_username auth_cache_negative_ttl auth_cache_size
        auth_cache_ttl auth_cache_verify_password_with_worker auth_debug auth_debug_passwords auth_default_domain
        auth_default_realm auth_failure_delay auth_gssapi_hostname auth_internal_failure_delay auth_krb5_keytab
        auth_lua_file auth_master_user_separator auth_mechanisms auth_policy_check_after_auth
        auth_policy_check_before_auth auth_policy_hash_mech auth_policy_hash_nonce auth_policy_hash_truncate
        auth_policy_log_only auth_policy_reject_on_fail auth_policy_report_after_auth auth_policy_request_attributes
        auth_policy_server_api_header auth_policy_server_timeout_msecs auth_policy_server_url auth_proxy_self
        auth_realms auth_socket_path auth_ssl_require_client_cert auth_ssl_username_from_cert auth_stats
        auth_use_winbind auth_username_chars auth_username_format auth_username_translation auth_verbose
        auth_verbose_passwords auth_winbind_helper_path auth_worker_max_count base_dir config_cache_size
        debug_log_path default_client_limit default_idle_kill default_internal_group default_internal_user
        default_login_user default_process_limit default_restart_request_count default_vsz_limit deliver_log_format
        dict_db_config director_flush_socket director_mail_servers director_max_parallel_kicks
        director_max_parallel_moves director_output_buffer_size director_ping_idle_timeout director_ping_max_timeout
        director_servers director_user_expire director_user_kick_delay director_username_hash disable_plaintext_auth
        dotlock_use_excl doveadm_allowed_commands doveadm_api_key doveadm_http_rawlog_dir doveadm_password
        doveadm_port doveadm_socket_path doveadm_ssl doveadm_sync_commit_msgs_interval doveadm_username
        doveadm_worker_count dovecot_config_version dovecot_storage_version dsync_alt_char
        dsync_commit_msgs_interval dsync_features dsync_hashed_headers dsync_remote_cmd first_valid_gid
        first_valid_uid haproxy_timeout haproxy_trusted_networks hostname imap4rev2_enable imap_capability
        imap_client_workarounds imap_compress_on_proxy imap_fetch_failure imap_hibernate_timeout imap_id_log
        imap_id_retain imap_id_send imap_idle_notify_interval imap_literal_minus imap_logout_format
        imap_max_line_length imap_metadata imap_urlauth_host imap_urlauth_logout_format imap_urlauth_port imap_utf8
        imapc_cmd_timeout imapc_connection_retry_count imapc_connection_retry_interval imapc_features imapc_host
        imapc_list_prefix imapc_master_user imapc_max_idle_time imapc_max_line_length imapc_password imapc_port
        imapc_rawlog_dir imapc_sasl_mechanisms imapc_ssl imapc_ssl_verify imapc_user import_environment
        info_log_path instance_name last_valid_gid last_valid_uid lda_mailbox_autocreate lda_mailbox_autosubscribe
        lda_original_recipient_header ldap_connection_group ldap_uris libexec_dir listen lmtp_add_received_header
        lmtp_client_workarounds lmtp_hdr_delivery_address lmtp_proxy lmtp_proxy_rawlog_dir lmtp_rawlog_dir
        lmtp_rcpt_check_quota lmtp_save_to_detail_mailbox lmtp_user_concurrency_limit lmtp_verbose_replies
        lmtp_workarounds lock_method log_core_filter log_debug log_path log_timestamp login_access_sockets
        login_auth_socket_path login_greeting login_log_format login_log_format_elements login_plugin_dir
        login_plugins login_proxy_max_disconnect_delay login_proxy_max_reconnects login_proxy_notify_path
        login_proxy_rawlog_dir login_proxy_timeout login_socket_path login_source_ips login_trusted_networks
        lua_file mail_access_groups mail_alt_check mail_alt_path mail_always_cache_fields
        mail_attachment_detection_options mail_attachment_dir mail_attachment_fs mail_attachment_hash
        mail_attachment_min_size mail_attribute mail_attribute_dict mail_cache_fields mail_cache_max_size
        mail_cache_path mail_chroot mail_control_path mail_debug mail_driver mail_ext_attachment_hash
        mail_ext_attachment_min_size mail_ext_attachment_path mail_fsync mail_full_filesystem_access mail_gid
        mail_home mail_inbox_path mail_index_path mail_index_private_path mail_index_rewrite_min_log_bytes
        mail_location mail_log_prefix mail_lua_file mail_max_keyword_length mail_max_lock_timeout
        mail_max_userip_connections mail_never_cache_fields mail_nfs_index mail_nfs_storage mail_path
        mail_plugin_dir mail_plugins mail_prefetch_count mail_privileged_group mail_save_crlf mail_server_admin
        mail_server_comment mail_shared_explicit_inbox mail_sort_cache_limit mail_sort_max_read_count mail_temp_dir
        mail_temp_scan_interval mail_uid mail_utf8_extensions mail_volatile_path mail_vsize_bg_after_count
        mailbox_directory_name mailbox_directory_name_legacy mailbox_idle_check_interval mailbox_list_drop_noselect
        mailbox_list_index mailbox_list_index_include_inbox mailbox_list_index_prefix
        mailbox_list_index_very_dirty_syncs mailbox_list_iter_from_index_dir mailbox_list_layout
        mailbox_list_lost_mailbox_prefix mailbox_list_storage_escape_char mailbox_list_utf8
        mailbox_list_validate_fs_names mailbox_list_visible_escape_char mailbox_root_directory_name
        mailbox_subscriptions_filename maildir_broken_filename_sizes maildir_copy_with_hardlinks maildir_empty_new
        maildir_stat_dirs maildir_very_dirty_syncs master_user_separator mbox_dirty_syncs
        mbox_dotlock_change_timeout mbox_lazy_writes mbox_lock_timeout mbox_md5 mbox_min_index_size mbox_read_locks
        mbox_very_dirty_syncs mbox_write_locks mdbox_preallocate_space mdbox_rotate_interval mdbox_rotate_size
        mmap_disable old_stats_carbon_interval old_stats_carbon_name old_stats_carbon_server
        old_stats_command_min_time old_stats_domain_min_time old_stats_ip_min_time old_stats_memory_limit
        old_stats_session_min_time old_stats_user_min_time passdb_default_password_scheme passdb_driver
        passdb_static_password passwd_file_path pop3_client_workarounds pop3_delete_type pop3_deleted_flag
        pop3_enable_last pop3_fast_size_lookups pop3_lock_session pop3_logout_format pop3_no_flag_updates
        pop3_reuse_xuidl pop3_save_uidl pop3_uidl_duplicates pop3_uidl_format pop3c_features pop3c_host
        pop3c_master_user pop3c_password pop3c_port pop3c_quick_received_date pop3c_rawlog_dir pop3c_ssl
        pop3c_ssl_verify pop3c_user postmaster_address process_shutdown_filter protocols quota_full_tempfail
        rawlog_dir recipient_delimiter rejection_reason rejection_subject replication_dsync_parameters
        replication_full_sync_interval replication_max_conns replicator_host replicator_port
        restrict_get_process_size security_strict_file_permissions sendmail_path shutdown_clients ssl ssl_alt_cert
        ssl_alt_key ssl_ca ssl_cert ssl_cert_username_field ssl_cipher_list ssl_cipher_suites ssl_client_ca_dir
        ssl_client_ca_file ssl_client_cert ssl_client_cert_file ssl_client_key ssl_client_key_file
        ssl_client_key_password ssl_client_require_valid_cert ssl_crypto_device ssl_curve_list ssl_dh ssl_key
        ssl_key_password ssl_min_protocol ssl_options ssl_peer_certificate_fingerprint_hash
        ssl_prefer_server_ciphers ssl_require_crl ssl_server_alt_cert_file ssl_server_alt_key_file
        ssl_server_ca_file ssl_server_cert_file ssl_server_cert_username_field ssl_server_dh_file
        ssl_server_key_file ssl_server_key_password ssl_server_prefer_ciphers ssl_server_request_client_cert
        ssl_server_require_crl ssl_verify_client_cert state_dir stats_http_rawlog_dir stats_writer_socket_path
        submission_add_received_header submission_backend_capabilities submission_client_workarounds submission_host
        submission_logout_format submission_max_mail_size submission_max_recipients submission_relay_command_timeout
        submission_relay_connect_timeout submission_relay_host submission_relay_master_user
        submission_relay_max_idle_time submission_relay_password submission_relay_port submission_relay_rawlog_dir
        submission_relay_ssl submission_relay_ssl_verify submission_relay_trusted submission_relay_user
        submission_ssl submission_timeout syslog_facility userdb_driver valid_chroot_dirs verbose_proctitle
        verbose_ssl version_ignore
        """
}
