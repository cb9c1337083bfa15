// SPDX-License-Identifier: Apache-2.0
internal import Logging
internal import LookupTables
internal import MailConfiguration
internal import MailRouting
internal import SMTPAccess
internal import Service

/// Who may send what to whom, with the tables behind it: made once, while they may be opened.
struct ServerPolicy: Sendable {
    let access: AccessPolicy
    /// Every table, to be asked whether it has changed.
    let tables: TableList

    init(_ start: StartUp) throws {
        let main = start.main
        var pool = start.tablePool()
        let networks = try NetworkList(main[GeneralParameters.mynetworks], parameter: "mynetworks", pool: &pool)
        let routing = try AccessRouting(RoutingSettings(main), networks: networks, pool: &pool)
        do throws(RestrictionError) {
            access = try AccessPolicy(main, routing: routing, pool: &pool)
        } catch {
            throw StartUpError(error.description)
        }
        tables = pool.all
        for notice in pool.notices { start.log.notice("\(notice)") }
        for warning in access.warnings { start.log.warning("\(warning)") }
    }
}
