// SPDX-License-Identifier: Apache-2.0

/// All rows of main.cf.
package enum ParameterRows {
    /// The groups one after another.
    package static let all: [any AnyParameter] =
        GeneralParameters.all + SMTPServerParameters.all + CleanupParameters.all + QueueManagerParameters.all
        + BounceParameters.all + LocalDeliveryParameters.all + VirtualDeliveryParameters.all + TLSParameters.all

    /// Rows that nothing reads yet: their values are checked, and whoever sets one is told that it does nothing.
    ///
    /// `libexec/check-parameters` compares this list with the sources.
    package static let inert: Set<String> = [
        "2bounce_notice_recipient", "alias_database",
        "allow_mail_to_commands", "allow_mail_to_files", "anvil_rate_time_unit", "biff", "body_checks_size_limit",
        "bounce_notice_recipient", "bounce_template_file", "canonical_classes", "canonical_maps",
        "command_directory", "command_expansion_filter", "command_time_limit", "confirm_delay_cleared",
        "content_filter", "daemon_timeout", "default_destination_rate_delay", "default_privs",
        "default_recipient_limit", "default_transport_rate_delay",
        "defer_transports", "delay_notice_recipient", "double_bounce_sender", "duplicate_filter_limit",
        "empty_address_recipient", "enable_original_recipient", "error_notice_recipient", "export_environment",
        "fallback_transport", "forward_path", "hash_queue_depth", "hash_queue_names", "header_address_token_limit",
        "header_from_format", "ipc_idle", "ipc_timeout", "ipc_ttl", "luser_relay",
        "mailbox_command_maps", "mailbox_transport", "mailbox_transport_maps", "maps_rbl_reject_code",
        "masquerade_classes", "masquerade_domains", "masquerade_exceptions", "mime_boundary_length_limit",
        "mime_nesting_limit", "notify_classes", "qmgr_clog_warn_time", "qmgr_message_recipient_limit",
        "queue_minfree", "receive_override_options", "recipient_bcc_maps", "recipient_canonical_classes",
        "recipient_canonical_maps", "remote_header_rewrite_domain", "reset_owner_alias",
        "sender_bcc_maps", "sender_canonical_classes", "sender_canonical_maps",
        "sender_dependent_default_transport_maps", "sender_dependent_relayhost_maps",
        "smtpd_authorized_xclient_hosts", "smtpd_authorized_xforward_hosts", "smtpd_client_auth_rate_limit",
        "smtpd_client_connection_rate_limit", "smtpd_client_event_limit_exceptions",
        "smtpd_client_message_rate_limit", "smtpd_client_new_tls_session_rate_limit", "smtpd_client_port_logging",
        "smtpd_client_recipient_rate_limit",
        "smtpd_forbid_bare_newline_exclusions", "smtpd_history_flush_threshold",
        "smtpd_min_data_rate", "smtpd_peername_lookup", "smtpd_per_request_deadline",
        "smtpd_recipient_overshoot_limit", "smtpd_reject_footer",
        "smtpd_sasl_authenticated_header",
        "smtpd_sasl_exceptions_networks", "smtpd_sasl_local_domain",
        "smtpd_tls_CApath", "smtpd_tls_ask_ccert", "smtpd_tls_ciphers", "smtpd_tls_exclude_ciphers",
        "smtpd_tls_loglevel", "smtpd_tls_mandatory_ciphers", "smtpd_tls_mandatory_exclude_ciphers",
        "smtpd_tls_mandatory_protocols", "smtpd_tls_received_header", "smtpd_tls_req_ccert",
        "smtpd_tls_session_cache_timeout", "smtpd_upstream_proxy_protocol", "soft_bounce", "tls_eecdh_auto_curves",
        "tls_high_cipherlist", "tls_medium_cipherlist", "tls_preempt_cipherlist", "tls_server_sni_maps",
        "tls_ssl_options", "trigger_timeout", "unknown_address_reject_code", "unknown_client_reject_code",
        "unknown_hostname_reject_code",
    ]
}
