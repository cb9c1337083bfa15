// SPDX-License-Identifier: Apache-2.0
internal import LDAPTables
internal import MailConfiguration
internal import SystemPackage

/// The file behind a specification.
enum TableFile {
    /// Reads the file of `ldap:/path`.
    ///
    /// - Returns: The settings, nil where there are errors, and everything there is to say.
    static func read(_ specification: String) -> (settings: LDAPTableSettings?, diagnostics: [Diagnostic]) {
        let path = path(of: specification)
        guard path.hasPrefix("/") || path.hasPrefix(".") else {
            let message =
                "\"\(path)\" is no path; the old form with parameters named \(path)_… in main.cf is not supported"
            return (nil, [Diagnostic(.error, file: specification, line: 0, message)])
        }
        do throws(Errno) {
            return LDAPTableReader.read(try ConfigurationFile.read(path), file: path)
        } catch {
            return (nil, [Diagnostic(.error, file: path, line: 0, "cannot be read: \(error)")])
        }
    }

    /// The path of `ldap:/path`.
    static func path(of specification: String) -> String { String(specification.dropFirst("ldap:".count)) }
}
