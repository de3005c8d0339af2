SELECT day FROM {{ ref('account_days') }}
