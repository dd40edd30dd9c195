"""The command `views`: SQL that shows columns under the labels that people see in the CRM."""
